# SPDX-License-Identifier: Apache-2.0
"""One situation in one place: the node is made, rules are loaded, packets are sent, and what they
did is compared with what was expected."""
import os

import ipset
from netns import Network
from situation import DESTINATIONS, PLACES, POLICY, WORDS, expand

OURS = 'IP-MASQ-AGENT'
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
        self.seen = {}
        with open(self.config, 'w', encoding='ascii') as file:
            file.write(POLICY)

    def run(self):
        self.network = Network(self.situation.key('interface', 'pods'), self.situation.commands)
        try:
            self.load()
            for family in self.situation.families():
                self.send(family)
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
        say(result.returncode == 0, f'{self.title}: our rules are in place',
            (result.stdout + result.stderr).splitlines())

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
        expected = self.situation.expected(self.place, family)
        flows = [(protocol, WORDS[source][family == 6], DESTINATIONS[name][family == 6])
                 for source, name, protocol in expected]
        names = {WORDS[source][family == 6]: 'pod' for source in self.situation.sources()}
        names[WORDS['node'][family == 6]] = 'node'
        names[None] = 'lost'
        wrong = []
        for key, flow, seen in zip(expected, flows, self.judge.send(self.network, flows)):
            what = names.get(seen, seen) if seen == flow[1] or names.get(seen) != 'pod' else seen
            self.seen[key + (family,)] = (flow, seen, what)
            wanted = expand(expected[key].what, family)
            if what not in wanted.split('|'):
                wrong.append(f'{flow[0]} {flow[1]} > {flow[2]} ({key[1]}): {what}, not {wanted}')
        say(not wrong, f'{self.title}: {len(flows)} IPv{family} packets go where they should', wrong)
