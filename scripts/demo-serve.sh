#!/usr/bin/env bash
# Starts the lab, a LiveKit server with a reference agent, and callprobe serve
# beside it; shows the metrics, a probe by scrape, the pages, a reload, and what
# is seen of an agent that goes and comes back. Ends by itself, or on Ctrl-C.
# With DEMO_STAY=1 it goes on until Ctrl-C, for a browser. `make demo-serve`
# builds both programs and runs this.
set -euo pipefail

callprobe=${CALLPROBE:?path of the callprobe binary; make demo-serve sets it}
lab=${CALLPROBE_LAB:?path of the lab binary; make demo-serve sets it}
command -v curl >/dev/null || { echo "this demonstration needs curl" >&2; exit 1; }
address=${DEMO_LISTEN:-127.0.0.1:9877}
keep=$(mktemp -d)
lab_pid=
serve_pid=

cleanup() {
	local pid
	for pid in $serve_pid $lab_pid; do
		kill "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	rm -rf "$keep"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

fail() {
	echo "!!! $1" >&2
	sed 's/^/    /' "$keep/serve.log" >&2 || true
	exit 1
}

# await WHAT SECONDS COMMAND…: until the command succeeds.
await() {
	local what=$1 limit=$2 began=$SECONDS
	shift 2
	until "$@"; do
		kill -0 "$serve_pid" 2>/dev/null || fail "callprobe serve ended"
		((SECONDS - began < limit)) || fail "$what: not within $limit s"
		sleep 0.3
	done
}

# get PATH asks the service, and shows what is asked.
get() { curl -s --max-time 90 "http://$address$1"; }
metrics() { get /metrics | grep -E "$1"; }
sees() { metrics "$1" >/dev/null; }
title() { printf '\n=== %s\n' "$1"; }

echo "Starting a LiveKit server and the reference agent on loopback ..."
mkfifo "$keep/lab.in"
exec 3<>"$keep/lab.in"
"$lab" --exit-with-stdin <"$keep/lab.in" >"$keep/lab.jsonl" 2>"$keep/lab.err" 3>&- &
lab_pid=$!
for _ in $(seq 300); do
	[ ! -s "$keep/lab.jsonl" ] || break
	kill -0 "$lab_pid" 2>/dev/null || break
	sleep 0.1
done
ready=$(head -n 1 "$keep/lab.jsonl")
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" <<<"$ready"; }
[ -n "$(field url)" ] || { cat "$keep/lab.err" >&2; exit 1; }
LIVEKIT_API_KEY=$(field api_key) LIVEKIT_API_SECRET=$(field api_secret)
export LIVEKIT_API_KEY LIVEKIT_API_SECRET

config() {
	cat <<YAML
targets:
  - name: lab
    url: $(field url)
    api_key_env: LIVEKIT_API_KEY
    api_secret_env: LIVEKIT_API_SECRET
    agent_name: $(field agent_name)
probes:
  - scenario: opening-hours
    interval: $1
    limits: {agent_join: 3s}
  - scenario: short-answer
    limits: {call: 60s}
recording: {dir: calls, audio: all}
web: {external_url: "http://$address"}
YAML
}
config 15s >"$keep/callprobe.yml"
title "The configuration"
cat "$keep/callprobe.yml"

title "callprobe serve --config.file=callprobe.yml --web.listen-address=$address"
"$callprobe" serve --config.file="$keep/callprobe.yml" --web.listen-address="$address" 2>"$keep/serve.log" 3>&- &
serve_pid=$!
await "the service" 20 get /-/ready >/dev/null

title "curl http://$address/metrics: all counters are there before the first call"
metrics '^(agent_requests_total|stt_transcription_.*_total|callprobe_probe_interval)'

title "the same after the first call"
await "the first call" 60 sees '^agent_requests_total.*"success".* 1$'
metrics '^(agent_requests_total|agent_workers_active|agent_response_seconds_(sum|count)|stt_transcription_.*_total)'
await "its line in the log" 10 grep -q 'call finished' "$keep/serve.log"
grep -m 1 'call finished' "$keep/serve.log"

title "curl 'http://$address/probe?target=lab&scenario=short-answer': a scrape that calls"
get '/probe?target=lab&scenario=short-answer' | grep -E '^(probe_|agent_requests_total|callprobe_result_response_seconds)' || fail "no probe"

title "the pages: http://$address/ and one for each call"
page=$(get / | sed -n 's/.*href="\.\/\(calls\/[0-9a-z-]*\)".*/\1/p' | head -n 1 || true)
[ -n "$page" ] || page=calls
echo "http://$address/$page: $(get "/$page" | sed -n 's/.*<title>\(.*\)<\/title>.*/\1/p' | head -n 1 || true)"

title "curl -X POST http://$address/-/reload: a wrong configuration changes nothing"
config 15 >"$keep/callprobe.yml"
curl -sS -X POST "http://$address/-/reload" | sed "s|$keep/||"
title "and a right one is taken over"
config 8s >"$keep/callprobe.yml"
curl -sS -X POST "http://$address/-/reload"
metrics '^callprobe_(probe_interval_seconds|config_last_reload_successful)'

title "the agent is killed"
echo kill-agent >&3
began=$SECONDS
await "the loss of the agent" 60 sees '^agent_workers_active.* 0$'
echo "seen and confirmed after $((SECONDS - began)) s:"
metrics '^(agent_workers_active|callprobe_calls_total.*"failed")' | grep -E 'workers|[1-9]$'

title "and comes back"
echo start-agent >&3
began=$SECONDS
await "the return of the agent" 60 sees '^agent_workers_active.* 1$'
echo "seen after $((SECONDS - began)) s:"
metrics '^agent_workers_active'

if [ "${DEMO_STAY:-}" ]; then
	title "http://$address/ stays until Ctrl-C"
	wait "$serve_pid"
fi
title "SIGTERM ends the call under way and deletes its room"
kill "$serve_pid"
status=0
wait "$serve_pid" || status=$?
serve_pid=
tail -n 1 "$keep/serve.log"
[ "$status" -eq 0 ] || fail "exit $status"
printf '\nThe service did all that it should.\n'
