#!/usr/bin/env bash
# Usage: tools/release.sh FLAG…, from make, which sets BUILDVCS and STAMP.
# Builds into bin/release all that a release is made of, and publishes nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
git rev-parse --quiet --verify HEAD >/dev/null || { echo "a release is made of a commit: this folder is no git repository with one" >&2; exit 1; }

# goreleaser knows no commit where git knows no remote, although it would only
# link to it.
if ! git ls-remote --get-url >/dev/null 2>&1; then
	export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=remote.origin.url GIT_CONFIG_VALUE_0=https://example.invalid/callprobe/callprobe
fi
# $TOOLS is for .goreleaser.yaml: it runs tools from another folder than this.
TOOLS=$PWD/tools/release/go.mod exec go tool -modfile=tools/release/go.mod goreleaser release --clean "$@"
