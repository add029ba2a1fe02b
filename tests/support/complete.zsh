# SPDX-License-Identifier: Apache-2.0
# Zsh's own completion, told about without keys: started as an interactive zsh's .zshrc, it completes
# each line of $IPMASQ_LINES at its end, prints what would be offered to $IPMASQ_OFFERED, a line
# "-- END" after each, and ends. $IPMASQ_FUNCTIONS is the directory of the completions.

fpath=($IPMASQ_FUNCTIONS $fpath)
autoload -Uz compinit
compinit -u -D
PROMPT=

# What is offered passes here. A call that only fills arrays for the caller offers nothing.
compadd()
{
	local -a offered
	local end=${@[(i)(-|--)]}

	if (( ${argv[1,end - 1][(I)-*[OAD]*]} )); then
		builtin compadd "$@"
		return
	fi
	builtin compadd -A offered "$@"
	(( $#offered )) && print -rl -- $offered >>$IPMASQ_OFFERED
	builtin compadd "$@"
}

zle -C offer complete-word offer
offer()
{
	_main_complete
	# Nothing is inserted, and no question is asked.
	compstate[insert]= compstate[list]=
}

zle -N zle-line-init complete_all
complete_all()
{
	local text

	while IFS= read -r text; do
		BUFFER=$text CURSOR=$#text
		zle offer
		print -r -- '-- END' >>$IPMASQ_OFFERED
	done <$IPMASQ_LINES
	exit
}
