# Sourced by other scripts from the root of the repository.

# prepare_prometheus gets Debian's Prometheus with promtool and its Alertmanager
# with amtool, which check the alert rules and run in end-to-end tests. They are
# unpacked, not installed: installing would start servers.
prepare_prometheus() {
	local dir=$PWD/bin/prometheus program
	for program in prometheus prometheus-alertmanager; do
		if ! command -v "$program" >/dev/null && [[ ! -x $dir/usr/bin/$program ]] && [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
			echo "A real $program is needed: getting Debian's."
			{ mkdir -p "$dir" && apt-get update -q && (cd "$dir" && apt-get download -q "$program" && dpkg-deb -x "$program"_*.deb . && rm "$program"_*.deb); } >/dev/null 2>&1 ||
				echo "$program could not be got."
		fi
	done
	PATH=$PATH:$dir/usr/bin
}
