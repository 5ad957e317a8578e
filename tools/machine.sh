# Sourced by tools/test.sh.

# prepare_machine gets what the tests of packages run: shells, what renders manual
# pages, systemd. Cron is unpacked, not installed: installing would start it.
prepare_machine() {
	local dir=$PWD/bin/cron missing=() pair
	for pair in zsh:zsh fish:fish groff:groff-base lexgrog:man-db systemd-analyze:systemd ip:iproute2; do
		command -v "${pair%:*}" >/dev/null || missing+=("${pair#*:}")
	done
	if ((${#missing[@]})) && [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
		echo "Completions, manual page and units are tried out: installing ${missing[*]}."
		{ apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"; } >/dev/null 2>&1 ||
			echo "${missing[*]} could not be installed."
	fi
	if ! command -v cron >/dev/null && [[ ! -x $dir/usr/sbin/cron ]] && [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
		echo "The line for cron is run by cron: getting Debian's."
		{ mkdir -p "$dir" && apt-get update -q && (cd "$dir" && apt-get download -q cron && dpkg-deb -x cron_*.deb . && rm cron_*.deb); } >/dev/null 2>&1 ||
			echo "cron could not be got."
	fi
	PATH=$PATH:$dir/usr/sbin
}
