#!/usr/bin/env bash
# Makes the recordings that the speech detector is measured on, from Debian's
# synthesizers and the recorded prompts of Asterisk:
#
#   scripts/make-voices.sh [--install] DIR     DIR/tuning and DIR/report, as WAV
#
# A change of the detector is tried on DIR/tuning; DIR/report is what the table
# in audio/vad/README.md is taken from, and nothing is decided by looking at it.
# The two share no voice and no sentence.
#
# Needs the Debian packages that --install gets. The same
# package versions give the same bytes: what it writes to DIR/checksum is, in
# Debian bookworm, audio/vad/testdata/voices.sha256. The recordings themselves
# are not kept: they are made in seconds.
set -euo pipefail

if [[ ${1-} == --install ]]; then
	shift
	{ apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
		flite espeak-ng festival festlex-cmu festlex-poslex festvox-us-slt-hts festvox-italp16k \
		festvox-suopuhe-lj festival-czech festvox-czech-dita \
		asterisk-core-sounds-{en,fr,it,ru}-wav; } >/dev/null
fi
if [[ $# -ne 1 ]]; then
	echo "usage: scripts/make-voices.sh [--install] DIR" >&2
	exit 2
fi
readonly dir=$1 prompts=/usr/share/asterisk/sounds

# Sentences that begin and end with every kind of sound: vowels, nasals, stops,
# and the weak fricatives that noise hides first.
tuning_sentences() {
	cat <<'TEXT'
Sunday is fine with me.
Fourteen people will come.
Have you looked at the second page?
Perhaps it was sent to the wrong street.
Thursday is the last day of the month.
Every room has a window and a desk.
Could you spell the name, please?
My brother bought two of them last week.
The train leaves at half past six.
Do not hang up before I have finished.
Which of the keys opens the garage?
Yes.
TEXT
}
italian_sentences() {
	cat <<'TEXT'
Fuori piove da questa mattina.
Sono partiti senza salutare nessuno.
Chi ha chiamato ieri sera?
Tutte le camere sono occupate.
Vorrei sapere quanto costa il biglietto.
Adesso non posso rispondere.
Prendo il treno delle sette.
Fa molto freddo in montagna.
TEXT
}
finnish_sentences() {
	cat <<'TEXT'
Huomenna sataa lunta koko maassa.
Sopiiko teille perjantai?
Kiitos, se oli kaikki.
Missa on seuraava pysakki?
Puhelin soi eilen illalla.
Fysiikan koe alkaa kello kahdeksan.
Valitettavasti emme ole paikalla.
Tilaus saapuu ensi viikolla.
TEXT
}
czech_sentences() {
	cat <<'TEXT'
Zavolejte prosim znovu zitra.
Chtel bych objednat stul pro dva.
Fotbal dnes nehrajeme.
Sedm lidi ceka ve fronte.
Potom pojedeme domu.
Hodiny na vezi stoji.
Kolik to bude stat?
Ano, rozumim.
TEXT
}
report_sentences() {
	cat <<'TEXT'
Good morning, what can I do for you?
She said that nobody had called her back.
Fifty euros should be enough for that.
How long does the delivery take?
Please hold the line, I will be right with you.
Thank you, that is all I wanted to know.
All our shops are closed on holidays.
Two tickets for tonight, if there are any left.
No, I never received such a letter.
Can I change the address of my order?
Shipping to the islands costs a little more.
Okay.
TEXT
}

# speak VOICE TEXT WAV
speak() {
	case $1 in
	flite-*) flite -voice "${1#flite-}" -t "$2" -o "$3" ;;
	festival-*) text2wave -eval "(voice_${1#festival-})" -o "$3" <<<"$2" ;;
	espeak-*) espeak-ng -v "${1#espeak-}" -w "$3" "$2" ;;
	*) echo "make-voices: no such voice: $1" >&2; return 1 ;;
	esac
}

# say SET LIST VOICE…: every voice says every sentence of the list.
say() {
	local set=$1 list=$2 voice number text
	shift 2
	for voice; do
		number=0
		while read -r text; do
			number=$((number + 1))
			speak "$voice" "$text" "$dir/$set/$voice-$(printf %02d $number).wav"
		done < <("${list}_sentences")
	done
}

# take SET SPEAKER PROMPT…
take() {
	local set=$1 speaker=$2 prompt
	shift 2
	for prompt; do
		cp "$prompts/$speaker/$prompt.wav" "$dir/$set/asterisk-$speaker-${prompt//\//-}.wav"
	done
}

rm -rf "$dir/tuning" "$dir/report" "$dir/checksum"
mkdir -p "$dir/tuning" "$dir/report"

say tuning tuning espeak-en-us espeak-en-gb+f2 espeak-en-us+m3
say tuning italian festival-lp_diphone
say tuning finnish festival-suo_fi_lj_diphone
say tuning czech festival-czech_dita
take tuning fr_CA_f_June \
	agent-loginok call-forwarding conf-hasjoin demo-echodone digits/0 digits/6 digits/7 hello please-try-again \
	queue-callswaiting sorry vm-goodbye vm-msgsaved vm-saved vm-unknown-caller
take tuning it_IT_m_Carlo \
	all-circuits-busy-now cancelled conf-locked digits/20 digits/4 digits/6 from-unknown-caller goodbye im-sorry \
	one-moment-please privacy-incorrect telephone-number tt-monkeysintro vm-first vm-torerecord
take tuning ru_RU_f_IvrvoiceRU \
	agent-loggedoff call-waiting conf-full digits/10 digits/3 digits/8 hello is-in-use location \
	pbx-parkingfailed speed-dial to-listen-to-it transfer vm-deleted vm-messages

say report report flite-rms flite-slt festival-cmu_us_slt_arctic_hts espeak-en-gb-scotland espeak-en-us+f5 espeak-en-gb+m7
take report en_US_f_Allison \
	activated added agent-loginok all-circuits-busy-now at-tone-time-exactly auth-thankyou call-fwd-on-busy \
	cannot-complete-as-dialed check-number-dial-again conf-full conf-getpin conf-hasjoin conf-kicked conf-lockednow \
	confbridge-has-left confbridge-muted demo-echodone digits/7 digits/8 dir-first dir-welcome extension \
	feature-not-avail-line from-unknown-caller goodbye hello-world hours if-correct-press im-sorry \
	info-about-last-call number-not-answering one-moment-please please-try-again privacy-incorrect \
	queue-callswaiting something-terribly-wrong speed-dial telephone-number to-listen-to-it transfer \
	tt-monkeysintro vm-dialout vm-isunavail vm-nobodyavail vm-unknown-caller

for set in tuning report; do
	files=("$dir/$set"/*.wav)
	echo "$dir/$set: ${#files[@]} recordings"
done
(cd "$dir" && cat tuning/*.wav report/*.wav | sha256sum | cut -d ' ' -f 1 >checksum)
if ! cmp -s "$dir/checksum" "$(dirname "$0")/../audio/vad/testdata/voices.sha256"; then
	echo "make-voices: other package versions gave other recordings than those of the published table" >&2
fi
