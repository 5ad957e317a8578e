#!/usr/bin/env bash
# Usage: tools/fuzz.sh TIME
# Runs every fuzz target of both modules for TIME each, one after the other.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source tools/timed.sh

found=0
while IFS=: read -r file line; do
	target=$(sed -E 's/^func (Fuzz[A-Za-z0-9_]+).*/\1/' <<<"$line")
	folder=$(dirname "$file")
	part "$target in $folder" go test -C "$folder" -run '^$' -fuzz "^$target\$" -fuzztime "$1" .
	found=$((found + 1))
done < <(grep -rE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+\(' . | sort)
echo "fuzz targets: $found"
finish
