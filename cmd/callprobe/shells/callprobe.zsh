#compdef callprobe
# zsh completion for callprobe: what may follow is asked of callprobe itself.
_callprobe() {
	local line text paths
	local -a plain open
	for line in ${(f)"$(${(Q)~words[1]} complete -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)"}; do
		text=${line%%$'\t'*}
		case $text in
		:paths) paths=yes ;;
		*=) open+=("${text//:/\\:}:${line#*$'\t'}") ;;
		*) plain+=("${text//:/\\:}:${line#*$'\t'}") ;;
		esac
	done
	(( ${#open} )) && _describe -t flags flag open -S ''
	(( ${#plain} )) && _describe -t words word plain
	if [[ -n $paths ]]; then
		compset -P '--*='
		_files
	fi
}
# Named in fpath this file is the function; read by source it only defines it.
if [[ $funcstack[1] == _callprobe ]]; then
	_callprobe "$@"
else
	compdef _callprobe callprobe
fi
