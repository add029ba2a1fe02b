# SPDX-License-Identifier: Apache-2.0
"""Asks the tools of a node in a situation: ipmasq-explain on the node and of dumps of it, and
ipmasq-apply --check. Packets have said before what is right."""
import os
import shutil
import zlib

import answers
import dumps
from situation import PODS_IN_RANGES, WORDS


# Forms of dumps: those that have all tables of iptables, those that have one, and those of nft.
WHOLE = ('save', 'save-c')
PARTS = ('S', 'nvL', 'nvL-line-numbers')
NFT = ('j-list-ruleset', 'j-list-ruleset', 'list-ruleset', 'list-ruleset')


class Asking:
    def __init__(self, laboratory):
        self.laboratory = laboratory
        # Situations differ in what is taken in turn.
        self.turn = zlib.crc32(f'{laboratory.title} {laboratory.given.variant}'.encode())
        # (source, destination) whose packets may be decided otherwise, by the kernel's order of
        # base chains, which nothing tells.
        self.unordered = set()
        self.one = laboratory.situation
        self.directory = os.path.join(laboratory.given.work, 'dumps')

    def run(self, what):
        for name, ask in (('live', self.ask_live), ('dumps', self.ask_dumps),
                          ('check', self.ask_check)):
            if name in what:
                ask()

    def questions(self, family, source):
        return answers.questions(self.one, self.laboratory.place, family, source,
                                 self.laboratory.seen[family])

    def ask(self, options, family, source, live=False, hides='nothing'):
        """Complaints on one call of ipmasq-explain."""
        asked = self.questions(family, source)
        enter = self.laboratory.network.node if live else None
        answer = answers.Answer(
            self.laboratory.given.explain, ['-c', self.laboratory.config, *options],
            WORDS[source][family == 6], [one.address for one in asked], enter)
        for one in asked if live else ():
            if answers.has_order(answer.by_address.get(one.address)):
                self.unordered.add((source, one.name))
        return answers.compare(answer, asked, live, hides, answers.OURS)

    def ask_live(self):
        wrong = []
        for family in self.one.families():
            for source in self.one.sources():
                wrong += self.ask(['--live'], family, source, live=True)
        self.laboratory.say(not wrong, 'on the node, ipmasq-explain says what packets do', wrong)

    def next_source(self):
        self.turn += 1
        return self.one.sources()[self.turn % len(self.one.sources())]

    def ask_dumps(self):
        shutil.rmtree(self.directory, ignore_errors=True)
        # One of each group, in turn; all forms of all releases are in tests/dumps.
        forms = [group[self.turn % len(group)] for group in (WHOLE, PARTS, NFT)]
        # nft 1.0.6 does not print flags of tables in JSON, so that these alone mislead.
        if 'flags dormant' in self.one.parts.get('nft', ''):
            forms[-1] = 'list-ruleset'
        taken = dumps.take(self.laboratory, forms)
        dumps.write(taken, self.directory)
        for dump in taken:
            wrong = []
            for family in dump.families:
                wrong += self.ask(['--from', os.path.join(self.directory, dump.name)], family,
                                  self.next_source(), hides=dump.hides)
            if dump.families:
                self.laboratory.say(not wrong, f'of {dump.name}, ipmasq-explain says the same',
                                    wrong)
        wrong = []
        for family in self.one.families():
            wrong += self.ask(['--from', self.directory], family, self.next_source())
        self.laboratory.say(not wrong, 'of all dumps together, ipmasq-explain says the same', wrong)

    def contradicted(self):
        """Whether packets contradict the policy: those of pods, others, and some that are marked or
        meet other conditions than addresses."""
        found = set()
        for seen in self.laboratory.seen.values():
            for (source, name, _), what in seen.items():
                if what not in ('lost', self.one.wants(source, name)):
                    found.add('sometimes' if self.one.depends(source, name) else
                              'pods' if source in PODS_IN_RANGES else 'others')
        return found

    def ask_check(self):
        contradicted = self.contradicted()
        # No situation may say so of what happens to pods for certain.
        wanted = 'overridden' if 'pods' in contradicted else self.one.key('check') or (
            'overridden' if contradicted else 'any' if self.unordered else 'in line')
        result = self.laboratory.ours('--check')
        said = result.stdout + result.stderr
        wrong = []
        if result.returncode not in {'overridden': (1,), 'any': (0, 1)}.get(wanted, (0,)):
            wrong.append(f'status {result.returncode}; it should be {wanted}')
        if result.returncode == 1 and 'overridden' not in said:
            wrong.append('it does not say "overridden"')
        self.laboratory.say(not wrong, f'ipmasq-apply --check says {wanted}',
                            wrong and wrong + said.splitlines())
