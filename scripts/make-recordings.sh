#!/usr/bin/env bash
# Makes the recorded speech of the repository from the texts beside it:
#
#   scenarios/utterances/NAME.txt -> NAME.mp3   what the caller of a built-in scenario says
#   lab/replies/NAME.txt          -> NAME.mp3   what the reference agent says
#
# Run it after a text or a voice changed, and commit what it wrote:
#
#   scripts/make-recordings.sh [NAME…]          all recordings, or those named
#
# Needs Debian's flite, festival, festvox-us-slt-hts, festvox-kallpc16k,
# sox and lame; with --install it gets them. The same package
# versions (bookworm: flite 2.2-5, festival 2.5.0-9, sox 14.4.2,
# lame 3.100) give the same bytes. It is no part of `make test`.
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ ${1-} == --install ]]; then
	shift
	apt-get install -y --no-install-recommends flite festival festvox-us-slt-hts festvox-kallpc16k \
		festlex-cmu festlex-poslex sox lame
fi

readonly rate=24000 # of the mp3, in Hz
readonly kbps=64   # a frame of fewer bits has no room for the Info header

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go build -o "$work/trimspeech" ./scripts/trimspeech

# speak VOICE TEXTFILE WAV
speak() {
	case $1 in
	flite:*) flite -voice "${1#flite:}" -f "$2" -o "$3" ;;
	festival:*) text2wave -eval "(voice_${1#festival:})" -o "$3" "$2" ;;
	hurried:*) flite -voice "${1#hurried:}" --setf duration_stretch=0.85 -f "$2" -o "$3" ;;
	*) echo "make-recordings: no such voice: $1" >&2; return 1 ;;
	esac
}

# record VOICE DIR NAME: the mp3 has LAME's Info header (delay and padding, so
# that decoders cut it to the sample) and no tag that could change with time.
record() {
	local text=$2/$3.txt
	speak "$1" "$text" "$work/voice.wav"
	sox -D "$work/voice.wav" -t raw -e signed -b 16 -L -c 1 -r $rate "$work/voice.raw" gain -6
	"$work/trimspeech" -rate $rate -name "$3" <"$work/voice.raw" >"$work/cut.raw"
	sox -t raw -e signed -b 16 -L -c 1 -r $rate "$work/cut.raw" "$work/cut.wav"
	lame --quiet -m m -b $kbps -q 0 --noreplaygain "$work/cut.wav" "$2/$3.mp3"
}

wanted=" $* "
while read -r voice dir names; do
	[[ -z $voice || $voice == \#* ]] && continue
	for name in $names; do
		if [[ $# -eq 0 || $wanted == *" $name "* ]]; then
			record "$voice" "$dir" "$name"
		fi
	done
done <<'VOICES'
# Who says what. The reference agent's voice (rms) is no caller's.
flite:slt                          scenarios/utterances  long-question services interruption
hurried:slt                        scenarios/utterances  angry-complaint angry-manager
flite:awb                          scenarios/utterances  booking-request booking-time booking-name
flite:kal16                        scenarios/utterances  order-question order-number
festival:kal_diphone               scenarios/utterances  delivery-question thank-you
festival:cmu_us_slt_arctic_hts     scenarios/utterances  opening-hours after-silence

flite:rms                          lab/replies           greeting yes sorry still-there
flite:rms                          lab/replies           answer-opening-hours answer-booking-request answer-booking-time answer-booking-name
flite:rms                          lab/replies           answer-order-question answer-order-number answer-angry-complaint answer-angry-manager
flite:rms                          lab/replies           answer-long-question answer-after-silence answer-services answer-interruption answer-thank-you
VOICES
