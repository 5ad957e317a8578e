#!/usr/bin/env bash
# Usage: tools/lint.sh
# Checks the format, golangci-lint (go vet is part of it) and a few rules of
# this project, in all modules.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source tools/timed.sh

modules=(. lab tools deploy/packages)

# go_files lists our Go files, those of a test's data left out.
go_files() {
	find . \( -name .git -o -name bin -o -name testdata \) -prune -o -name "${1:-*.go}" -print0
}

formatted() {
	local unformatted
	unformatted=$(go_files | xargs -0 gofmt -l)
	[[ -z $unformatted ]] || { printf 'not formatted (make fmt): %s\n' $unformatted; return 1; }
}

# golangci runs the linter that tools/go.mod pins. Each module is linted from
# its own folder; the configuration is the one at the root for all of them.
golangci() {
	local m=$1 modfile=$PWD/tools/go.mod
	(cd "$m" && go tool -modfile="$modfile" golangci-lint run --allow-serial-runners ./...)
}

# no_sleeps finds tests that wait in real time: time passes at will inside a
# testing/synctest bubble, and only there a sleep is a statement, not a hope.
no_sleeps() {
	local found=0 file
	while IFS= read -r -d '' file; do
		if grep -q 'time\.Sleep(' "$file" && ! grep -q 'synctest\.' "$file"; then
			grep -Hn 'time\.Sleep(' "$file"
			found=1
		fi
	done < <(go_files '*_test.go')
	return $found
}

# no_hosts finds package registries and the paths of somebody's machine.
no_hosts() {
	local hosts='(proxy|sum|index)[.]golang[.]org|registry[.](npmjs|yarnpkg)[.]|pypi[.](org|python)|(deb|security)[.]debian[.]org|archive[.]ubuntu[.]com|goproxy[.](io|cn)|gcr[.]io/|(^|[^.a-zA-Z])/(work|root)/'
	! grep -rnIE --exclude-dir=.git --exclude-dir=bin "$hosts" .
}

# short_files finds files that nobody reads whole.
short_files() {
	local long
	long=$(go_files | xargs -0 wc -l | awk '$2 != "total" && $1 >= 400 {print $2 ": " $1 " lines; a file has fewer than 400"}')
	[[ -z $long ]] || { echo "$long"; return 1; }
}

part "format" formatted
for m in "${modules[@]}"; do part "golangci-lint in $m" golangci "$m"; done
part "no sleeps in tests" no_sleeps
part "no registries, no machine's paths" no_hosts
part "short files" short_files
finish
