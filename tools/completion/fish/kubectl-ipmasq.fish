# SPDX-License-Identifier: Apache-2.0
# Fish completion for kubectl-ipmasq, if it is not called through kubectl: from the same program.

function __kubectl_ipmasq_words
    set -l words (commandline -opc) (commandline -ct)
    set -l answer (kubectl_complete-ipmasq $words[2..-1] 2>/dev/null)
    if test "$answer[-1]" = :0
        __fish_complete_path (string replace -r -- '^--[a-z-]*=' '' "$words[-1]")
    else
        string match -v -r -- '^:' $answer
    end
end
complete -c kubectl-ipmasq -f -a '(__kubectl_ipmasq_words)'
