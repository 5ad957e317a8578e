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
missing=
[[ $CALLPROBE_PROMETHEUS ]] || missing+=" Prometheus"
[[ $CALLPROBE_ALERTMANAGER ]] || missing+=" Alertmanager"
if [[ $missing ]]; then
	echo "This demonstration runs the real thing, and there is none on the PATH of:$missing." >&2
	echo "Debian and Ubuntu have them: apt-get install prometheus prometheus-alertmanager" >&2
	echo "(as root, make demo-alerts gets them by itself). Or name the programs with" >&2
	echo "CALLPROBE_PROMETHEUS and CALLPROBE_ALERTMANAGER." >&2
	exit 1
fi
export CALLPROBE_LAB CALLPROBE_PROMETHEUS

go build -o bin/demo-alerts ./scripts/demoalerts
exec bin/demo-alerts -callprobe="$CALLPROBE" -alertmanager="$CALLPROBE_ALERTMANAGER"
