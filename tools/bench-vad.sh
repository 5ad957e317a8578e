#!/usr/bin/env bash
# Usage: tools/bench-vad.sh
# Measures the speech detector on the recordings of scripts/make-voices.sh, on
# the part that was not used for tuning, and prints the table of
# audio/vad/README.md. As root on Debian it makes them first. Where they cannot be
# had it takes the repository's own recordings and says so. VAD_VOICES=DIR takes
# those of a folder; audio/vad/accuracy_test.go says what else can be set.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly voices=$PWD/bin/voices

measure() { go test -count=1 -timeout 30m -v -run '^TestAccuracy$' -bench '^BenchmarkDetect' ./audio/vad "$@"; }

if [[ -n ${VAD_VOICES-} ]]; then
	measure
	exit
fi
if [[ ! -e $voices/checksum && $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
	echo "Making the recordings in $voices."
	scripts/make-voices.sh --install "$voices" || echo "The recordings could not be made."
fi
if [[ ! -e $voices/checksum ]]; then
	echo "SKIPPED: the table of audio/vad/README.md, for its recordings are made by scripts/make-voices.sh, which needs root on Debian or the packages it names."
	echo "These are the figures on the repository's own recordings:"
	VAD_CASES=${VAD_CASES:-0} measure
	exit
fi
export VAD_VOICES=$voices/report VAD_CASES=${VAD_CASES:-40} VAD_SEED=${VAD_SEED:-7}
if [[ $VAD_CASES-$VAD_SEED-${VAD_ONLY-} == 40-7- && $(cat "$voices/checksum") == "$(cat audio/vad/testdata/voices.sha256)" ]]; then
	export VAD_BASELINE=${VAD_BASELINE:-testdata/held-out.json}
else
	echo "Other recordings or settings than those of testdata/held-out.json: the figures are not compared with it."
fi
measure
