# SPDX-License-Identifier: Apache-2.0
"""Asks the tools of a node in a situation: ipmasq-explain on the node and of dumps of it, and
ipmasq-apply --check. Packets have said before what is right."""
import os
import shutil

import answers
import dumps
from situation import WORDS


class Asking:
    def __init__(self, laboratory, turn):
        self.laboratory, self.turn = laboratory, turn
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
        return answers.compare(answer, asked, live, hides, answers.OURS)

    def ask_live(self):
        wrong = []
        for family in self.one.families():
            for source in self.one.sources():
                wrong += self.ask(['--live'], family, source, live=True)
        self.laboratory.say(not wrong, 'on the node, ipmasq-explain says what packets do', wrong)

    def ask_dumps(self):
        shutil.rmtree(self.directory, ignore_errors=True)
        # All forms of all releases are in tests/dumps.
        forms = ('save', 'S', 'nvL') if self.turn % 2 else ('save-c', 'S', 'nvL-line-numbers')
        taken = dumps.take(self.laboratory, forms)
        dumps.write(taken, self.directory)
        for dump in taken:
            wrong = []
            for family in dump.families:
                self.turn += 1
                source = self.one.sources()[self.turn % 2]
                wrong += self.ask(['--from', os.path.join(self.directory, dump.name)], family,
                                  source, hides=dump.hides)
            if dump.families:
                self.laboratory.say(not wrong, f'of {dump.name}, ipmasq-explain says the same',
                                    wrong)
        wrong = []
        for family in self.one.families():
            for source in self.one.sources():
                wrong += self.ask(['--from', self.directory], family, source)
        self.laboratory.say(not wrong, 'of all dumps together, ipmasq-explain says the same', wrong)

    def contradicted(self):
        """Whether a packet contradicts the policy: always, sometimes (by what is no address)."""
        always = sometimes = False
        for family, seen in self.laboratory.seen.items():
            for (source, name, _), what in seen.items():
                if what not in ('lost', self.one.wants(source, name)) and not self.is_node(what, family):
                    if self.one.depends(source, name):
                        sometimes = True
                    else:
                        always = True
        return always, sometimes

    def is_node(self, what, family):
        return what == WORDS['node'][family == 6]

    def ask_check(self):
        always, sometimes = self.contradicted()
        wanted = self.one.key('check') or ('overridden' if always or sometimes else 'in line')
        result = self.laboratory.ours('--check')
        said = result.stdout + result.stderr
        wrong = []
        statuses = {'overridden': (1,), 'any': (1,) if always else (0, 1)}.get(wanted, (0,))
        if result.returncode not in statuses:
            wrong.append(f'status {result.returncode}; it should be {wanted}')
        if result.returncode == 1 and 'overridden' not in said:
            wrong.append('it does not say "overridden"')
        self.laboratory.say(not wrong, f'ipmasq-apply --check says {wanted}',
                            wrong and wrong + said.splitlines())
