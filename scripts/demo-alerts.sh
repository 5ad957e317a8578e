#!/usr/bin/env bash
# Shows the way from a dead agent to the right pager, with a real Prometheus and
# a real Alertmanager: two fire drills, then an outage. Three to four minutes; ends
# by itself, or on Ctrl-C. `make demo-alerts` builds the programs and runs this.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source tools/prometheus.sh

: "${CALLPROBE:?path of the callprobe binary; make demo-alerts sets it}"
: "${CALLPROBE_LAB:?path of the lab binary; make demo-alerts sets it}"

# first PROGRAM… is the first of them that there is.
first() {
	local program
	for program in "$@"; do
		command -v "$program" && return
	done
	return 1
}

[[ ${CALLPROBE_PROMETHEUS:-} && ${CALLPROBE_ALERTMANAGER:-} ]] || prepare_prometheus
CALLPROBE_PROMETHEUS=${CALLPROBE_PROMETHEUS:-$(first prometheus || true)}
CALLPROBE_ALERTMANAGER=${CALLPROBE_ALERTMANAGER:-$(first prometheus-alertmanager alertmanager || true)}
for program in PROMETHEUS ALERTMANAGER; do
	variable=CALLPROBE_$program
	if [[ ! ${!variable} ]]; then
		echo "This demonstration needs ${program,,}, and there is none on the PATH." >&2
		echo "Debian and Ubuntu have it: apt-get install prometheus prometheus-alertmanager" >&2
		echo "(as root, make gets them by itself). Or name the program with $variable." >&2
		missing=1
	fi
done
[[ ! ${missing:-} ]] || exit 1
export CALLPROBE_LAB CALLPROBE_PROMETHEUS

go build -o bin/demo-alerts ./scripts/demoalerts
exec bin/demo-alerts -callprobe="$CALLPROBE" -alertmanager="$CALLPROBE_ALERTMANAGER"
