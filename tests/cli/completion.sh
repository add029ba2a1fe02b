#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What bash, zsh and fish offer for the command lines of the tools: all options of --help, the values
# that it lists for them, and files where a file is wanted. Each shell is asked itself.
set -u
# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"

shells=(bash zsh fish)
completion=$root/tools/completion
PATH=$tools:$build/tools:$root/tools/kubectl:$PATH
mkdir files && : >files/one.yaml && : >files/two.yaml

# Each asker reads lines and prints for each what is offered at its end, then "-- END".

ask_bash()
{
	local line words

	while IFS= read -r line; do
		# Bash makes three words of --option=value, and two of --option=.
		read -ra words <<<"${line/=/ = }"
		[[ $line != *' ' ]] || words+=('')
		completions "${words[@]}"
		echo '-- END'
	done
}

ask_zsh()
{
	cat >lines
	: >offered
	mkdir -p zsh && cp "$root/tests/support/complete.zsh" zsh/.zshrc
	ZDOTDIR=$work/zsh IPMASQ_FUNCTIONS=$completion/zsh IPMASQ_LINES=$work/lines \
		IPMASQ_OFFERED=$work/offered TERM=xterm script -qec 'zsh -d -i' zsh.log </dev/null >/dev/null
	cat offered
}

# It tells what an option is for behind a tab.
ask_fish()
{
	# shellcheck disable=SC2016 # for fish
	HOME=$work fish --no-config -c 'for file in $argv
			source $file
		end
		while read -l line
			complete -C $line
			echo "-- END"
		end' "$completion"/fish/*.fish | sed 's/\t.*//'
}

# The questions, each a line, and the words that answer it.
questions=()
answers=()
asks() # LINE WORD...
{
	questions+=("$1")
	answers+=("$(printf '%s\n' "${@:2}" | sort -u)")
}

# The options of a program, and their values, as its help has them.
asks_of_help() # PROGRAM
{
	local name=${1##*/} option values

	"$1" --help >help 2>err
	mapfile -t found < <(grep -oE '(^|[ ,])--?[a-z][a-z0-9-]*' help | grep -oE -e '-.*' | sort -u)
	asks "$name -" "${found[@]}"
	while IFS='=' read -r option values; do
		mapfile -t found < <(tr '|' '\n' <<<"$values")
		asks "$name $option=" "${found[@]}"
	done < <(grep -oE -e '^ {2}(-., |    )--[a-z0-9-]+\[?=[a-z0-9|-]+' help | sed 's/^.* --/--/; s/\[//')
}

mapfile -t profiles < <("$explain" --profile=nobody 1.1.1.1 2>&1 |
	sed -n 's/.*: write \(.*\)$/\1/p' | sed 's/,//g; s/ or / /' | tr ' ' '\n')
mapfile -t checks < <("$lint" --list-checks | sed 's/ .*//')
for program in "$explain" "$lint" "$apply"; do
	asks_of_help "$program"
	name=${program##*/}
	asks "$name --profile=" "${profiles[@]}"
	asks "$name --profile g" gke
	asks "$name -c files/o" files/one.yaml
	asks "$name --config=files/" files/one.yaml files/two.yaml
	asks "$name --hosts=files/t" files/two.yaml
	asks "$name --chain="
done
asks_of_help "$build/tools/kubectl-ipmasq"
asks 'kubectl-ipmasq --profile=' "${profiles[@]}"
asks 'kubectl-ipmasq lint --output=j' json junit
asks 'kubectl-ipmasq lint --baseline files/t' files/two.yaml
asks 'kubectl-ipmasq ' explain lint node
asks 'kubectl-ipmasq lint files/'
asks 'ipmasq-explain --convert=' "${profiles[@]}"
asks 'ipmasq-explain files/'
asks 'ipmasq-explain --diff files/t' files/two.yaml
asks 'ipmasq-explain --from files/t' files/two.yaml
asks 'ipmasq-lint files/' files/one.yaml files/two.yaml
asks 'ipmasq-lint --baseline=files/o' files/one.yaml
asks 'ipmasq-lint --explain-check=' "${checks[@]}"
asks 'ipmasq-apply --metrics-file=files/t' files/two.yaml
asks 'ipmasq-apply files/'

what='the questions'
check 'are many' test ${#questions[@]} -ge 40
check 'know the checks' test ${#checks[@]} -ge 20
check 'know the profiles' test ${#profiles[@]} -ge 7

for shell in "${shells[@]}"; do
	what=$shell
	command -v "$shell" >/dev/null || {
		skip_part "no $shell here"
		continue
	}
	printf '%s\n' "${questions[@]}" | "ask_$shell" >all 2>err
	check 'has no complaint' test ! -s err
	# Some put the option before its value, some what comes after a word.
	sed -E '/^-- END$/!s/^--[a-z0-9-]+=(.)/\1/; s/^(-.*)=$/\1/; s/ $//' all >plain
	equal 'answers every question' "$(grep -c '^-- END$' plain)" ${#questions[@]}
	exec 3<plain
	for i in "${!questions[@]}"; do
		while IFS= read -r word <&3 && [ "$word" != '-- END' ]; do
			# A zsh offers files without the directory that was typed.
			[[ -z $word || ${questions[i]} != *files/* || $word == files/* ]] || word=files/$word
			printf '%s\n' "$word"
		done | sed '/^$/d' | sort -u >words
		equal "${questions[i]}" "$(cat words)" "${answers[i]}"
	done
	exec 3<&-
done

finish
