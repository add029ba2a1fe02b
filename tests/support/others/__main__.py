# SPDX-License-Identifier: Apache-2.0
"""Puts a node into situations, and says in lines "ok TEXT" and "no TEXT" whether packets go where
the situation says. See situation.py and tests/kernel/others.sh."""
import argparse
import os

import situation
from laboratory import Laboratory
from packets import Judge
from randoms import RandomSituation


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument('--variant', required=True, choices=('nft', 'legacy'))
    parser.add_argument('--apply', required=True)
    parser.add_argument('--explain', required=True)
    parser.add_argument('--work', required=True)
    parser.add_argument('--place', help='this place alone')
    parser.add_argument('--record', help='a directory for dumps, see recorded.py')
    parser.add_argument('--ask', default='', help='what is asked of the tools: dumps,live,check')
    parser.add_argument('--random', type=int, default=0, help='so many situations by chance')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('situations', nargs='*')
    return parser.parse_args()


def enter(given, judge, one, place):
    try:
        Laboratory(given, judge, one, place).run()
    except (situation.Bad, RuntimeError, OSError) as error:
        print(f'no {one.name}, {place}: the test itself')
        for line in (str(error) or repr(error)).splitlines():
            print('  ', line)


def main():
    given = arguments()
    judge = Judge()
    os.makedirs(given.work, exist_ok=True)
    for path in given.situations:
        one = situation.read(path)
        for place in one.places():
            if given.place in (None, place):
                enter(given, judge, one, place)
    for number in range(given.random):
        one = RandomSituation(given.seed * 1000 + number)
        enter(given, judge, one, one.place)
    print('done', flush=True)


main()
