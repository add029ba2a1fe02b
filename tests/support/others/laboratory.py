# SPDX-License-Identifier: Apache-2.0
"""One situation in one place: the node is made, rules are loaded, packets are sent, and what they
did is compared with what was expected, and with what the tools say."""
import os

import ipset
import recorded
from asking import Asking
from netns import Network
from situation import DESTINATIONS, PLACES, WORDS, expand

OTHER = {'nft': 'legacy', 'legacy': 'nft'}


def say(good, text, details=()):
    print('ok' if good else 'no', text)
    for line in details if not good else ():
        print('  ', line)
    return good


class Laboratory:
    def __init__(self, given, judge, situation, place):
        self.given, self.judge, self.situation, self.place = given, judge, situation, place
        self.where, self.order = PLACES[place]
        self.title = f'{situation.name}, {place}'
        self.config = os.path.join(given.work, 'policy.yaml')
        self.network = None
        # What arrived, by family and (source, destination, protocol).
        self.seen = {}
        with open(self.config, 'w', encoding='ascii') as file:
            file.write(situation.policy())

    def run(self):
        self.network = Network(self.situation.key('interface', 'pods'), self.situation.commands)
        try:
            self.load()
            good = [self.send(family) for family in self.situation.families()]
            if self.given.record and all(good):
                recorded.write(self, self.given.record)
            Asking(self).run(self.given.ask.split(','))
        finally:
            self.network.close()

    # Loading

    def load(self):
        """Both parties' rules. Of two base chains with one priority, the kernel asks the newer one
        first."""
        steps = [self.load_others, self.apply]
        if self.order == ('before' if self.where != 'same' else 'after'):
            steps.reverse()
        for step in steps:
            step()

    def apply(self):
        result = self.ours()
        said = (result.stdout + result.stderr).splitlines()
        self.say(result.returncode == 0, 'our rules are in place', said)

    def ours(self, *options):
        return self.network.node.run(
            [self.given.apply, f'--backend={self.given.variant}', '-c', self.config, *options],
            check=False)

    def load_others(self):
        node, one = self.network.node, self.situation
        variant = self.given.variant if self.where == 'same' else OTHER[self.given.variant]
        for family in one.families():
            lines = one.rules('ipset', family).splitlines()
            if lines:
                ipset.load(node, lines)
            rules = one.rules('iptables', family)
            if rules:
                program = f'{"iptables" if family == 4 else "ip6tables"}-{variant}-restore'
                node.run([program, '--noflush'], input=rules)
            rules = one.rules('nft', family)
            if rules:
                node.run(['nft', '-f', '-'], input=rules)
        rules = one.rules('nft once', 4)
        if rules:
            node.run(['nft', '-f', '-'], input=rules)

    # Packets

    def send(self, family):
        """Whether all packets of the family went where they should."""
        expected = self.situation.expected(self.place, family)
        flows = [(protocol, WORDS[source][family == 6], DESTINATIONS[name][family == 6])
                 for source, name, protocol in expected]
        seen = self.seen[family] = {}
        wrong = []
        for key, flow, source in zip(expected, flows, self.judge.send(self.network, flows)):
            seen[key] = {flow[1]: 'pod', WORDS['node'][family == 6]: 'node', None: 'lost'}.get(
                source, source)
            wanted = expand(expected[key].what, family)
            if seen[key] not in wanted.split('|'):
                wrong.append(f'{flow[0]} {flow[1]} > {flow[2]} ({key[1]}): {seen[key]}, not '
                             f'{wanted}')
        return self.say(not wrong, f'{len(flows)} IPv{family} packets go where they should', wrong)

    def say(self, good, text, details):
        """With the rules, where these are by chance."""
        if details and self.situation.by_chance:
            details = [*details, *(line for part in ('ipset', 'iptables', 'nft')
                                   for line in self.situation.rules(part, 4).splitlines())]
        return say(good, f'{self.title}: {text}', details)
