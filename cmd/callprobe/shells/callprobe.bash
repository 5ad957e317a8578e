# bash completion for callprobe: what may follow is asked of callprobe itself.
_callprobe() {
	local words here text rest paths= IFS=$' \t\n'
	# Bash cuts words at "=" and ":"; the line itself is whole.
	read -ra words <<<"${COMP_LINE:0:COMP_POINT}"
	[[ ${COMP_LINE:0:COMP_POINT} == *[[:space:]] ]] && words+=("")
	here=${COMP_WORDS[COMP_CWORD]}
	[[ $here == [=:] ]] && here=
	# What stands before the part that bash completes is not to be repeated.
	rest=${words[-1]%"$here"}
	COMPREPLY=()
	while IFS=$'\t' read -r text _; do
		if [[ $text == :paths ]]; then
			paths=yes
		else
			COMPREPLY+=("${text#"$rest"}")
		fi
	done < <("${COMP_WORDS[0]/#\~/$HOME}" complete -- "${words[@]:1}" 2>/dev/null)
	if [[ $paths ]]; then
		compopt -o filenames
		mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$here")
	elif [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]]; then
		compopt -o nospace
	fi
}
complete -F _callprobe callprobe
