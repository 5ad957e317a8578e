#!/usr/bin/env bash
# Starts the lab, a LiveKit server with a reference agent, and calls it three
# times: a good agent, a slow one, and none. Ends with 0 when callprobe said of
# each what it should. `make demo` builds both programs and runs this.
set -euo pipefail

callprobe=${CALLPROBE:?path of the callprobe binary; make demo sets it}
lab=${CALLPROBE_LAB:?path of the lab binary; make demo sets it}
keep=$(mktemp -d)
lab_pid=

cleanup() {
	[ -z "$lab_pid" ] || kill "$lab_pid" 2>/dev/null || true
	[ -z "$lab_pid" ] || wait "$lab_pid" 2>/dev/null || true
	rm -rf "$keep"
}
trap cleanup EXIT

echo "Starting a LiveKit server and the reference agent on loopback ..."
"$lab" >"$keep/lab.jsonl" 2>"$keep/lab.err" &
lab_pid=$!
for _ in $(seq 300); do
	[ ! -s "$keep/lab.jsonl" ] || break
	kill -0 "$lab_pid" 2>/dev/null || break
	sleep 0.1
done
ready=$(head -n 1 "$keep/lab.jsonl")
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" <<<"$ready"; }
if [ -z "$(field url)" ]; then
	echo "the lab did not start:" >&2
	cat "$keep/lab.err" >&2
	exit 1
fi
LIVEKIT_URL=$(field url) LIVEKIT_API_KEY=$(field api_key) LIVEKIT_API_SECRET=$(field api_secret)
export LIVEKIT_URL LIVEKIT_API_KEY LIVEKIT_API_SECRET
echo "It listens at $LIVEKIT_URL."

wrong=0
# expect REASON EXIT TITLE FLAG...: one call and what must come of it.
expect() {
	local reason=$1 want=$2 title=$3 got=0
	shift 3
	printf '\n=== %s\n$ callprobe call opening-hours' "$title"
	local arg
	for arg in "$@"; do
		case $arg in
		*'{'*) printf " '%s'" "$arg" ;;
		*) printf ' %s' "$arg" ;;
		esac
	done
	printf '\n\n'
	"$callprobe" call opening-hours "$@" --record.dir="$keep/$reason" || got=$?
	if [ "$got" -ne "$want" ] || ! grep -q "\"reason\": \"$reason\"" "$keep/$reason"/*/report.json; then
		echo "!!! expected $reason and exit $want, got exit $got" >&2
		wrong=1
	fi
}
expect answered 0 "An agent that is well" --agent-name=reference
expect reply_late 1 "An agent that takes 4 s to answer" --agent-name=reference --agent-metadata='{"reply_delay":"4s"}'
expect no_agent 1 "An agent that nobody runs" --agent-name=nobody

if [ "$wrong" -eq 0 ]; then
	printf '\nThe three calls were judged as they should be: answered, reply_late, no_agent.\n'
fi
exit "$wrong"
