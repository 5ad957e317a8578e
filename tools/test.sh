#!/usr/bin/env bash
# Usage: tools/test.sh all | unit [PACKAGE…] | e2e | alerts | mutations | deploy | agents
# Runs the tests, with the race detector where there is a C compiler for it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source tools/timed.sh
source tools/prometheus.sh
source tools/machine.sh

# The race detector is the one thing here that needs cgo.
race=()
prepare_race() {
	if ! command -v "$(go env CC)" >/dev/null && [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
		echo "The race detector needs a C compiler: installing gcc."
		{ apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends gcc libc6-dev; } >/dev/null ||
			echo "gcc could not be installed."
	fi
	if ! command -v "$(go env CC)" >/dev/null; then
		echo "SKIPPED: the race detector, for it needs a C compiler ($(go env CC)) and there is none. The tests run without it."
	elif ! race_works; then
		echo "SKIPPED: the race detector, for it does not run on this machine. The tests run without it."
	else
		race=(-race)
	fi
}

# race_works builds and runs an empty program with the race detector: a
# compiler without the C library's headers, and some kernels, cannot.
race_works() {
	local dir status=0
	dir=$(mktemp -d)
	echo 'package main; func main() {}' >"$dir/main.go"
	CGO_ENABLED=1 go run -race "$dir/main.go" >/dev/null 2>&1 || status=$?
	rm -r "$dir"
	return $status
}

# prepare_browser installs what the tests of the status pages look at them with.
prepare_browser() {
	if ! command -v chromium >/dev/null && [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
		echo "The status pages are looked at in a browser: installing chromium."
		{ apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends chromium fonts-dejavu-core; } >/dev/null ||
			echo "chromium could not be installed."
	fi
}

# prepare_shell installs what commands in the documents use besides a shell.
prepare_shell() {
	local program
	for program in curl jq; do
		if ! command -v "$program" >/dev/null && [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
			echo "Commands of the documents are run: installing $program."
			{ apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$program"; } >/dev/null ||
				echo "$program could not be installed."
		fi
	done
}

# prepare_python gets what the metrics of the example agent in Python are tested with.
prepare_python() {
	if ! python3 -c 'import prometheus_client' 2>/dev/null && ! /usr/bin/python3 -c 'import prometheus_client' 2>/dev/null && [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
		echo "The agent in Python needs prometheus_client: installing python3-prometheus-client."
		{ apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends python3-prometheus-client; } >/dev/null 2>&1 ||
			echo "python3-prometheus-client could not be installed."
	fi
}

# run_tests FOLDER ARGUMENT… tests a module with the race detector if there is
# one, in another order each time.
run_tests() {
	local folder=$1
	shift
	CGO_ENABLED=$((${#race[@]} > 0)) go test -C "$folder" -json "${race[@]}" -shuffle=on -timeout 10m "$@" | bin/testreport
}

# e2e_packages lists the packages whose tests start the lab.
e2e_packages() {
	{ grep -rlE --include='*_test.go' --exclude-dir=lab --exclude-dir=tools --exclude-dir=packages 'CALLPROBE_LAB|labproc\.EnvPath' . || true; } | xargs -r -n1 dirname | sort -u
}

# other_packages lists the packages of the root module that do not.
other_packages() {
	local e2e
	mapfile -t e2e < <(e2e_packages)
	go list ./... | grep -vxFf <(printf 'callprobe/%s\n' "${e2e[@]#./}")
}

# unit tests the packages that are named. What needs the lab skips itself.
unit() { part "root module" run_tests . "$@"; }

# raced are the end-to-end tests that run with the race detector, too: calls of
# every outcome, a service with all its parts, and its end. The detector slows
# the codec down tenfold, which the others, that measure, would show.
raced='^(TestEveryAgentReasonComesFromARealCall|TestEveryBuiltInScenarioPassesAgainstAGoodAgent|TestTheExampleServesTheLab|TestSIGTERMEndsCallsAndLeavesNoRoomBehind|TestTheSweepTakesOurOwnRoomsOnly)$'

# without_race COMMAND… runs a command that would use the race detector without.
without_race() {
	local kept=("${race[@]}")
	race=()
	"$@"
	race=("${kept[@]}")
}

# e2e runs the packages one after the other: they measure, and two that
# measure at once disturb each other. Their results are not cached, for they
# depend on the binary of the lab.
e2e() {
	prepare_shell
	part "build lab" make lab
	part "build prober" make build
	local packages
	mapfile -t packages < <(e2e_packages)
	if ((${#packages[@]} == 0)); then
		echo "There are no end-to-end tests."
		return
	fi
	export CALLPROBE_LAB=$PWD/bin/callprobe-lab CALLPROBE=$PWD/bin/callprobe
	without_race part "end to end" run_tests . -p 1 -count=1 -timeout 20m "${packages[@]}"
	if ((${#race[@]})); then
		part "end to end, with the race detector" run_tests . -p 1 -count=1 -run "$raced" ./cmd/callprobe
	fi
}

# alerts plays out what the alerts are for, with a real Prometheus and a real
# Alertmanager. It takes too long for every run.
alerts() {
	part "build lab" make lab
	part "build prober" make build
	export CALLPROBE_LAB=$PWD/bin/callprobe-lab CALLPROBE=$PWD/bin/callprobe CALLPROBE_TEST_ALERTS=1
	part "alerts" go test -count=1 -parallel 7 -timeout 30m -v -run '^(TestTheRightPagerRings|TestWhoIsToldHasWhatItTakes)$' ./internal/alerttest
	part "a drill end to end" go test -count=1 -v -run '^TestADrillTimesAnOutage$' ./cmd/callprobe
}

# deploy builds a release, and checks it, the image, the compose file, the chart, the
# units and the line for cron: with the libraries that read those formats, and with
# the programs that run them. All of that builds for minutes the first time; with
# the race detector it would be twice that, and nothing there is concurrent.
deploy() {
	part "build lab" make lab
	part "build release" make release-snapshot
	export CALLPROBE=$PWD/bin/callprobe CALLPROBE_LAB=$PWD/bin/callprobe-lab CALLPROBE_RELEASE=$PWD/bin/release
	part "units, cron, alert rules" run_tests . -count=1 -run 'Systemd|Services|Units|Cron|Promtool|Amtool' ./deploy
	part "packages" run_tests deploy/packages -count=1 ./...
}

# prepare_agent installs Node and what deploy/agents asks for, the SDK among it,
# and compiles the agent, in a folder of its own: 285 MB do not belong among sources.
prepare_agent() {
	if ! command -v npm >/dev/null && [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
		echo "The agent needs Node: installing nodejs and npm."
		{ apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends nodejs npm; } >/dev/null ||
			echo "They could not be installed."
	fi
	if ! command -v npm >/dev/null || ! node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 9) ? 0 : 1)'; then
		echo "SKIPPED: the agent of deploy/agents, for it needs npm and Node 20.9 or later, as the SDK does, and there is $(node --version 2>/dev/null || echo none)."
		return 1
	fi
	mkdir -p bin/agents
	rm -rf bin/agents/dist bin/agents/test
	cp -r deploy/agents/*.ts deploy/agents/*.json deploy/agents/test bin/agents/
	if cmp -s deploy/agents/package-lock.json bin/agents/node_modules/.installed; then
		return
	fi
	local status=0
	npm ci --prefix bin/agents --ignore-scripts --no-audit --no-fund >bin/agents/npm.log 2>&1 || status=$?
	if ((status != 0)); then
		grep 'npm err' -i bin/agents/npm.log | head -5
		# A lock that does not fit is our fault; a registry that is out of reach is not.
		if grep -qE 'EUSAGE|EINTEGRITY|ERESOLVE|ETARGET|E404' bin/agents/npm.log; then
			failed+=("install the agent's packages")
		else
			echo "SKIPPED: the agent of deploy/agents, for npm could not install what it needs."
		fi
		return 1
	fi
	cp deploy/agents/package-lock.json bin/agents/node_modules/.installed
}

# agents calls the agent of deploy/agents, which counts its calls itself.
agents() {
	local start=$SECONDS
	prepare_agent || return 0
	timings+=("$(printf '%5d s  %s' $((SECONDS - start)) "install the agent's packages")")
	part "the agent's own tests" npm test --prefix bin/agents
	part "build lab" make lab
	CALLPROBE_AGENTS=$PWD/bin/agents CALLPROBE_LAB=$PWD/bin/callprobe-lab \
		part "call the agent" go test -count=1 -timeout 10m -v -run '^TestAnAgentCountsInsideWhatCallersHearOutside$' ./cmd/callprobe
}

# figures measures what the race detector would distort, and what is therefore
# skipped above.
figures() {
	if ((${#race[@]} == 0)); then
		return
	fi
	part "every case of the core" go test -count=1 ./probe
	part "accuracy of onsets" go test -count=1 -run TestAccuracy ./audio/vad
}

mode=${1:-all}
shift || true
mkdir -p bin
go build -C tools -o ../bin/testreport ./testreport
if [[ $mode == deploy ]]; then
	prepare_prometheus
	prepare_machine
elif [[ $mode != agents ]]; then
	prepare_race
	prepare_prometheus
	prepare_python
fi
case $mode in
all)
	prepare_browser
	mapfile -t packages < <(other_packages)
	unit "${packages[@]}"
	e2e
	figures
	part "lab module" run_tests lab ./...
	part "tools" run_tests tools ./testreport ./notices
	;;
unit) unit "${@:-./...}" ;;
e2e) e2e ;;
alerts) alerts ;;
deploy) deploy ;;
agents) agents ;;
mutations) CALLPROBE_MUTATIONS=all part "mutations of the alert rules" go test -count=1 -timeout 2h -run '^TestEveryRuleThatIsMadeWorse' ./deploy ;;
*)
	echo "usage: $0 all | unit [PACKAGE…] | e2e | alerts | mutations | deploy | agents" >&2
	exit 2
	;;
esac
finish
