# SPDX-License-Identifier: Apache-2.0
"""Dumps in files, with what packets did on the node that they were taken of. A directory has a
file for each dump; NAME.answers beside it says which of them tell all that decides, and what
arrived:

    dump FILE FAMILIES|- nothing|comments|conditions    (what it hides)
    packet FAMILY SOURCE DESTINATION PROTOCOL WHAT

As a program it asks ipmasq-explain of each, and says in lines "ok TEXT" and "no TEXT" whether it
answers so."""
import argparse
import os
import re

import answers
import dumps
import situation


def write(laboratory, directory):
    """Records a laboratory. The directory's name ends with the versions of the programs."""
    node = laboratory.network.node
    versions = [re.search(r'v([0-9.]+)', node.run([program, '--version']).stdout).group(1)
                for program in (f'iptables-{laboratory.given.variant}', 'nft')]
    name = f'{laboratory.situation.name}-{laboratory.given.variant}-' + '-'.join(
        f'{program}-{version}' for program, version in zip(('iptables', 'nft'), versions))
    path = os.path.join(directory, name)
    left_out = tuple(f'-{form}' for form in laboratory.situation.key('leave out').split())
    taken = [dump for dump in dumps.take(laboratory) if not dump.name.endswith(left_out)]
    dumps.write(taken, path)
    with open(path + '.answers', 'w', encoding='ascii') as file:
        for dump in taken:
            file.write(f'dump {dump.name} {",".join(map(str, dump.families)) or "-"} '
                       f'{dump.hides}\n')
        for family, seen in laboratory.seen.items():
            for (source, destination, protocol), what in seen.items():
                file.write(f'packet {family} {source} {destination} {protocol} {what}\n')


def read(path):
    """([(file, families, hides)], {family: {(source, destination, protocol): what}})"""
    files, seen = [], {}
    with open(path, encoding='ascii') as file:
        for line in file:
            words = line.split()
            if words[0] == 'dump':
                families = [int(word) for word in words[2].split(',') if word != '-']
                files.append((words[1], families, words[3]))
            else:
                seen.setdefault(int(words[1]), {})[tuple(words[2:5])] = words[5]
    return files, seen


def check(given, path):
    one = situation.read(os.path.join(os.path.dirname(path), re.match(
        r'(.*?)-(nft|legacy)-', os.path.basename(path)).group(1) + '.rules'))
    files, seen = read(path)
    whole = path.removesuffix('.answers')
    for name, families, hides in [*files, ('', list(seen), 'nothing')]:
        for family in families:
            wrong = []
            for source in one.sources():
                asked = answers.questions(one, one.places()[0], family, source, seen[family])
                answer = answers.Answer(
                    given.explain, ['-c', given.config, '--from', os.path.join(whole, name)],
                    situation.WORDS[source][family == 6], [each.address for each in asked])
                wrong += answers.compare(answer, asked, False, hides, answers.OURS)
            print('no' if wrong else 'ok', f'{os.path.basename(whole)}, {name or "all"}, '
                  f'IPv{family}')
            for line in wrong:
                print('  ', line)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--explain', required=True)
    parser.add_argument('--config', required=True)
    parser.add_argument('answers', nargs='+')
    given = parser.parse_args()
    with open(given.config, 'w', encoding='ascii') as file:
        file.write(situation.POLICY)
    for path in given.answers:
        check(given, path)
    print('done', flush=True)


if __name__ == '__main__':
    main()
