#!/bin/sh
# Makes the mp3 files of this folder and the WAV files they were encoded from.
# Needs sox 14.4 and LAME 3.100. The files are committed: other versions make
# other bytes, and the tests only ask that lengths and positions agree.
set -eu
cd "$(dirname "$0")"

# source_wav RATE CHANNELS SECONDS [EFFECT]: a buzz of speech pitch and its vibrato, silence
# before it, and an odd number of samples.
source_wav() {
	sox -R -D -n -r "$1" -b 16 "source-$1-$2.wav" \
		synth "$3" sawtooth 140:180 tremolo 7 60 gain -9 highpass 90 lowpass 3400 \
		fade t 0.002 0 0.02 pad 0.0513 0.0171 ${4-}
}

mp3() { # SOURCE NAME LAME-OPTIONS...
	src=$1 name=$2
	shift 2
	# LAME would choose a lower rate for low bit rates.
	lame --silent --noreplaygain --resample "${src%-*}" "$@" "source-$src.wav" "$name.mp3"
}

source_wav 48000 2 0.10 "remix 1 1v0.4"
source_wav 44100 1 0.28
source_wav 32000 1 0.15
source_wav 24000 1 0.20
source_wav 22050 1 0.40
source_wav 22050 2 0.12 "remix 1 1v0.4"
source_wav 16000 1 0.30
source_wav 8000 1 0.30

mp3 48000-2 48000-joint-stereo-128k -m j -b 128
mp3 48000-2 48000-stereo-vbr -m s -V 4
mp3 44100-1 44100-64k -b 64
mp3 44100-1 44100-vbr -V 5
mp3 44100-1 44100-crc -b 64 -p
mp3 44100-1 44100-id3 -b 64 --add-id3v2 --pad-id3v2-size 3000 --tt title
mp3 44100-1 44100-untagged -b 64 -t
mp3 32000-1 32000-abr --abr 40
mp3 24000-1 24000-64k -b 64
mp3 22050-1 22050-32k -b 32
mp3 22050-1 22050-64k -b 64
mp3 22050-2 22050-stereo-160k -m s -b 160
mp3 16000-1 16000-40k -b 40
mp3 16000-1 16000-24k -b 24
mp3 8000-1 8000-mpeg25 -b 16
mp3 44100-1 44100-free --freeformat -b 100
