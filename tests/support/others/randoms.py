# SPDX-License-Identifier: Apache-2.0
"""Situations by chance: chains of conditions that addresses, protocols and interfaces settle. An
interpreter that knows nothing of the tools says what is expected of packets."""
import ipaddress
import random

from packets import PORTS
from situation import DESTINATIONS, PLACES, POLICY, WORDS, Expectation, expand

PLACE_NAMES = tuple(PLACES)
NETWORKS = ('publicnet', 'public', 'resolver', 'private', 'privatenet', 'cluster', 'vpc', 'services',
            'sharedip', 'neighbourip', 'nodenet', 'any')
SOURCES = ('pod1', 'pod2', 'podnet', 'cluster', 'bridge', 'any')
# The first that is there decides: of the way out and of the node's interface to the pods.
OUT, IN = 'eth0', 'pods'
INTERFACES = ('eth0', 'eth+', 'lo', 'docker0', 'wg+', 'e+')


class Condition:
    """One of the conditions of a rule: what it says in each syntax, and whether it holds."""

    def __init__(self, chance, deep):
        kinds = ['destination'] * 5 + ['source'] * 3 + ['range', 'set', 'out', 'protocol', 'port']
        self.kind = chance.choice(kinds + (['in'] if deep else []))
        self.negated = chance.random() < 0.2
        self.settled = self.kind not in ('protocol', 'port')
        if self.kind in ('source', 'destination'):
            self.word = chance.choice(SOURCES[:-1] if self.kind == 'source' else NETWORKS[:-1])
        elif self.kind == 'range':
            self.first, self.last = sorted(chance.sample(range(1, 12), 2))
        elif self.kind == 'set':
            self.words = chance.sample(NETWORKS[:6], 2)
            self.name = f'set{chance.randrange(10 ** 6)}'
        elif self.kind in ('in', 'out'):
            self.word = chance.choice(INTERFACES + (('pods', 'p+') if self.kind == 'in' else ()))
        else:
            self.protocol = chance.choice(('tcp', 'udp') if self.kind == 'port' else
                                          ('tcp', 'udp', 'icmp'))
            self.ports = chance.choice((53, 443, (1, 1023), 8080))

    def holds(self, flow):
        return self.plain(flow) != self.negated

    def plain(self, flow):
        family, source, destination, protocol = flow

        def within(word, address):
            return address in ipaddress.ip_network(WORDS[word][family == 6])

        if self.kind == 'source':
            return within(self.word, source)
        if self.kind == 'destination':
            return within(self.word, destination)
        if self.kind == 'range':
            return ipaddress.ip_address(self.bound(family, self.first)) <= source <= \
                ipaddress.ip_address(self.bound(family, self.last))
        if self.kind == 'set':
            return any(within(word, destination) for word in self.words)
        if self.kind in ('in', 'out'):
            name = OUT if self.kind == 'out' else IN
            return name.startswith(self.word[:-1]) if self.word[-1] == '+' else name == self.word
        if protocol != self.protocol:
            return False if self.kind == 'protocol' else self.negated
        if self.kind == 'protocol':
            return True
        first, last = self.ports if isinstance(self.ports, tuple) else (self.ports, self.ports)
        return first <= PORTS[protocol] <= last

    def bound(self, family, number):
        return f'fd00:172:20:1::{number:x}' if family == 6 else f'172.20.1.{number}'

    def iptables(self, family):
        no = '! ' if self.negated else ''
        if self.kind == 'range':
            return (f'-m iprange {no}--src-range {self.bound(family, self.first)}-'
                    f'{self.bound(family, self.last)}')
        if self.kind == 'set':
            return f'-m set {no}--match-set {self.name}v{family} dst'
        if self.kind == 'port':
            ports = self.ports if not isinstance(self.ports, tuple) else '%d:%d' % self.ports
            return f'-p {self.protocol} -m {self.protocol} {no}--dport {ports}'
        word = {'source': '-s', 'destination': '-d', 'in': '-i', 'out': '-o',
                'protocol': '-p'}[self.kind]
        if self.kind == 'protocol':
            value = '{icmp}' if self.protocol == 'icmp' else self.protocol
        else:
            value = f'{{{self.word}}}' if self.kind in ('source', 'destination') else self.word
        return f'{no}{word} {value}'

    def nft(self, family):
        no = '!= ' if self.negated else ''
        if self.kind == 'range':
            return (f'{{ip}} saddr {no}{self.bound(family, self.first)}-'
                    f'{self.bound(family, self.last)}')
        if self.kind == 'set':
            return f'{{ip}} daddr {no}@{self.name}'
        if self.kind == 'port':
            ports = self.ports if not isinstance(self.ports, tuple) else '%d-%d' % self.ports
            return f'{self.protocol} dport {no}{ports}'
        if self.kind == 'protocol':
            return f'meta l4proto {no}' + ('{icmp}' if self.protocol == 'icmp' else self.protocol)
        if self.kind in ('in', 'out'):
            name = self.word.replace('+', '*')
            return f'{"iifname" if self.kind == "in" else "oifname"} {no}"{name}"'
        where = 'saddr' if self.kind == 'source' else 'daddr'
        return f'{{ip}} {where} {no}{{{self.word}}}'


class Rule:
    def __init__(self, chance, chain, depth):
        self.conditions = []
        for _ in range(chance.choice((0, 1, 1, 1, 2, 2, 3))):
            one = Condition(chance, depth > 0)
            kinds = {'port': 'protocol'}
            if kinds.get(one.kind, one.kind) not in {kinds.get(has.kind, has.kind)
                                                     for has in self.conditions}:
                self.conditions.append(one)
        self.to = 'other' if chance.random() < 0.5 else 'other2'
        verdicts = ['accept', 'return', 'masquerade', 'masquerade', 'snat', 'none']
        if depth < 2:
            verdicts += ['jump'] * 3 + ['goto']
        self.verdict = chance.choice(verdicts)
        self.chain = None
        if self.verdict in ('jump', 'goto'):
            self.chain = Chain(chance, f'{chain}{chance.choice("ABC")}', depth + 1)

    def iptables(self, chain, family):
        target = {'jump': '-j', 'goto': '-g'}.get(self.verdict)
        target = f'{target} {self.chain.name}' if target else {
            'none': '', 'snat': f'-j SNAT --to-source {{{self.to}}}'}.get(
                self.verdict, f'-j {self.verdict.upper()}')
        return ' '.join(['-A', chain, *(one.iptables(family) for one in self.conditions), target])

    def nft(self, family):
        target = {'jump': 'jump', 'goto': 'goto'}.get(self.verdict)
        target = f'{target} {self.chain.name}' if target else {
            'none': 'counter', 'snat': f'snat to {{{self.to}}}'}.get(self.verdict, self.verdict)
        return ' '.join([*(one.nft(family) for one in self.conditions), target])


class Chain:
    def __init__(self, chance, name, depth):
        self.name = name
        self.rules = [Rule(chance, f'{name}{number}', depth)
                      for number in range(1, chance.choice((1, 2, 3, 4)) + (depth == 0) * 3)]

    def all(self):
        yield self
        for rule in self.rules:
            if rule.chain:
                yield from rule.chain.all()

    def walk(self, flow, unsettled):
        """(verdict, rule), with the conditions on protocols that were met added to `unsettled`."""
        for rule in self.rules:
            if not all(one.holds(flow) for one in rule.conditions if one.settled):
                continue
            unsettled += [one for one in rule.conditions if not one.settled]
            if not all(one.holds(flow) for one in rule.conditions if not one.settled):
                continue
            if rule.verdict == 'return':
                return 'return', None
            if rule.chain:
                verdict = rule.chain.walk(flow, unsettled)
                if verdict[0] != 'return' or rule.verdict == 'goto':
                    return verdict
            elif rule.verdict != 'none':
                return rule.verdict, (self.name, rule)
        return 'return', None


class RandomSituation:
    """Has what laboratory.py wants of a Situation."""

    commands = ()
    by_chance = True

    def __init__(self, seed):
        chance = random.Random(seed)
        self.name = f'seed {seed}'
        self.chain = Chain(chance, 'lab', 0)
        self.place = chance.choice(PLACE_NAMES)
        self.parts = {'iptables': '*nat'}
        self.unsettled = set()

    def places(self):
        return [self.place]

    def families(self):
        return [4, 6]

    def key(self, name, default=''):
        return 'any' if name == 'check' else default

    def sources(self):
        return ['pod1', 'pod2']

    def policy(self):
        return POLICY

    def wants(self, _, name):
        return DESTINATIONS[name][2]

    def depends(self, source, name, where=''):
        return (source, name) in self.unsettled or where != ''

    def rules(self, part, family):
        native = PLACES[self.place][0] == 'native'
        if part == ('nft' if native else 'iptables'):
            return expand(self.nft(family) if native else self.iptables(family), family)
        if part == 'ipset' and not native:
            return expand('\n'.join(
                [f'create {one.name}v{family} hash:net family {{inet}}\n' + '\n'.join(
                    f'add {one.name}v{family} {{{word}}}' for word in one.words)
                 for one in self.sets()]), family)
        return ''

    def sets(self):
        return [one for chain in self.chain.all() for rule in chain.rules
                for one in rule.conditions if one.kind == 'set']

    def iptables(self, family):
        chains = list(self.chain.all())
        lines = [f':{chain.name} - [0:0]' for chain in chains]
        lines.append(f'-A POSTROUTING -j {self.chain.name}')
        lines += [rule.iptables(chain.name, family) for chain in chains for rule in chain.rules]
        return '\n'.join(['*nat', *lines, 'COMMIT', ''])

    def nft(self, family):
        lines = [f'set {one.name} {{ type {{addr}}; flags interval; auto-merge; elements = {{ ' +
                 ', '.join(f'{{{word}}}' for word in one.words) + ' } }' for one in self.sets()]
        # The deepest first, since a chain must be there before a rule leads to it.
        for chain in reversed(list(self.chain.all())):
            lines += [f'chain {chain.name} {{', *(rule.nft(family) for rule in chain.rules), '}']
        lines += ['chain post {', 'type nat hook postrouting priority srcnat; policy accept;',
                  f'jump {self.chain.name}', '}']
        return '\n'.join(['table {ip} lab {', *lines, '}', ''])

    def expected(self, place, family):
        where, order = PLACES[place]
        table = {}
        for source in self.sources():
            for name, row in DESTINATIONS.items():
                if row[family == 6] is None:
                    continue
                for protocol in PORTS.keys() | {'icmp'}:
                    table[source, name, protocol] = self.expect(
                        where, order, family, source, name, protocol)
        return table

    def expect(self, where, order, family, source, name, protocol):
        met = []
        flow = (family, ipaddress.ip_address(WORDS[source][family == 6]),
                ipaddress.ip_address(DESTINATIONS[name][family == 6]), protocol)
        verdict, by = self.chain.walk(flow, met)
        if met:
            self.unsettled.add((source, name))
        ours = Expectation(DESTINATIONS[name][2], 'ours' if DESTINATIONS[name][2] == 'node' else None)
        if order == 'after' and ours.what == 'node' or verdict == 'return':
            return ours
        decider = f'{by[0]}/{self.number(by)}' if not met else None
        if verdict == 'accept':
            # The next base chain is asked all the same.
            return ours if where != 'same' and order == 'before' else Expectation('pod', None)
        return Expectation({'masquerade': 'node', 'snat': f'{{{by[1].to}}}'}[verdict], decider)

    def number(self, by):
        for chain in self.chain.all():
            if chain.name == by[0] and by[1] in chain.rules:
                return chain.rules.index(by[1]) + 1
        return None
