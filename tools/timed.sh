# Sourced by the other scripts: runs the parts of a job one after the other,
# says how long each took, and keeps going so that one failure hides no other.

failed=()
timings=()

# part NAME COMMAND… runs a command as a part of the job.
part() {
	local name=$1 start=$SECONDS
	shift
	echo "--- $name"
	if ! "$@"; then failed+=("$name"); fi
	timings+=("$(printf '%5d s  %s' $((SECONDS - start)) "$name")")
}

# finish prints how long the parts took and ends with 1 when one has failed.
finish() {
	echo "--- time"
	printf '%s\n' "${timings[@]}"
	printf '%5d s  in all\n' "$SECONDS"
	if ((${#failed[@]})); then
		printf 'failed: %s\n' "${failed[@]}" >&2
		exit 1
	fi
}
