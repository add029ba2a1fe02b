# SPDX-License-Identifier: Apache-2.0
"""A situation: rules of another program in the shape that it writes, and what becomes of packets.

    owner: NAME             who is to be named as the owner of the rules
    source: TEXT            where the shape is from
    families: 4 6           both where this is missing
    sources: NAME ...       of the packets; pod1 pod2 where this is missing
    pod ranges: yes         the policy says with podCIDRs which sources are pods
    interface: NAME         of the node, to the pods
    run: same, other ...    where the rules stand; see PLACES
    check: WORD             what ipmasq-apply --check says where packets contradict the policy:
                            overridden (default) or note
    depends: WORD...        destinations for which the answer is a branch: on the node and in dumps
    depends in dumps: WORD...
    leave out: FORM ...     forms of dumps that are not recorded
    commands: LINE          of `ip -batch`, in the node; may be repeated
    expect WORD...:         for places with all of these words (same other native before after);
                            later rows replace earlier ones
        DESTINATION[/PROTOCOL][,...] WHAT [CHAIN[/RULE] | none | ours]

WHAT is pod, node, lost or an address; a row may begin with SOURCE> for one pod alone. Then come the
rules, each part under a line of its own: -- iptables (for both families), -- ipset, -- nft (for each
family), -- nft once. In them {pod1}, {podnet}, {cluster} and so on stand for addresses; {pod1.4} is
that of IPv4, whatever the family is.
"""
import dataclasses
import re

POLICY = '''nonMasqueradeCIDRs:
- 10.0.0.0/8
- 172.16.0.0/12
- 192.168.0.0/16
- fd00::/8
masqueradeCIDRs:
- 10.10.0.0/16
- fd00:10:10::/48
'''

PODS = '''podCIDRs:
- 172.20.0.0/16
- fd00:172:20::/48
'''

PODS_IN_RANGES = ('pod1', 'pod2')

# Name: IPv4, IPv6, and what the policy wants.
DESTINATIONS = {
    'public': ('203.0.113.9', '2001:db8:7::9', 'node'),
    'resolver': ('8.8.8.8', '2001:4860:4860::8888', 'node'),
    'shared': ('100.64.0.9', '64:ff9b::6440:9', 'node'),
    'neighbour': ('192.0.2.1', '2001:db8:1::1', 'node'),
    'listed': ('10.10.10.10', 'fd00:10:10::10', 'node'),
    'private': ('10.1.2.3', 'fd00:1:2::3', 'pod'),
    'cluster': ('172.20.2.5', 'fd00:172:20:2::5', 'pod'),
    'service': ('10.96.0.10', 'fd00:96::a', 'pod'),
    'vpc': ('192.168.7.7', 'fd00:192:168::7', 'pod'),
    'linklocal': ('169.254.169.254', None, 'pod'),
}

WORDS = {
    'pod1': ('172.20.1.2', 'fd00:172:20:1::2'),
    'pod2': ('172.20.1.3', 'fd00:172:20:1::3'),
    'podnet': ('172.20.1.0/24', 'fd00:172:20:1::/64'),
    'cluster': ('172.20.0.0/16', 'fd00:172:20::/48'),
    'services': ('10.96.0.0/16', 'fd00:96::/112'),
    'vpc': ('192.168.0.0/16', 'fd00:192:168::/48'),
    'private': ('10.0.0.0/8', 'fd00:1::/32'),
    'gateway': ('172.20.1.1', 'fd00:172:20:1::1'),
    'node': ('192.0.2.10', '2001:db8:1::10'),
    'nodenet': ('192.0.2.0/24', '2001:db8:1::/64'),
    'other': ('198.51.100.5', '2001:db8:5::5'),
    'other2': ('198.51.100.6', '2001:db8:5::6'),
    'bridge': ('172.17.0.0/16', 'fd00:17::/64'),
    'bridgeip': ('172.17.0.2', 'fd00:17::2'),
    'virtualip': ('192.168.122.5', 'fd00:122::5'),
    'multicast': ('224.0.0.0/4', 'ff00::/8'),
    'public': ('203.0.113.9', '2001:db8:7::9'),
    'publicnet': ('203.0.113.0/24', '2001:db8:7::/64'),
    'resolver': ('8.8.8.8', '2001:4860:4860::8888'),
    'neighbourip': ('192.0.2.1', '2001:db8:1::1'),
    'mapped': ('198.51.100.0/24', '2001:db8:5::/64'),
    'mapped1': ('198.51.100.2', '2001:db8:5::2'),
    'mapped2': ('198.51.100.3', '2001:db8:5::3'),
    'sharedip': ('100.64.0.9', '64:ff9b::6440:9'),
    'private1': ('10.1.2.3', 'fd00:1:2::3'),
    'privatenet': ('10.1.0.0/16', 'fd00:1:2::/64'),
    'rangefrom': ('10.1.2.1', 'fd00:1:2::1'),
    'rangeto': ('10.1.2.10', 'fd00:1:2::a'),
    'portother': ('198.51.100.5', '[2001:db8:5::5]'),
    'maskaddr': ('255.255.0.255', 'ffff:ffff:ffff::ff'),
    'maskvalue': ('192.168.0.7', 'fd00:192:168::7'),
    'clusterfrom': ('172.20.0.0', 'fd00:172:20::'),
    'clusterto': ('172.20.255.255', 'fd00:172:20:ffff::ffff'),
    'virtual': ('192.168.122.0/24', 'fd00:122::/64'),
    'linklocalip': ('169.254.169.254', 'fe80::169:254'),
    'any': ('0.0.0.0/0', '::/0'),
    'ip': ('ip', 'ip6'),
    'addr': ('ipv4_addr', 'ipv6_addr'),
    'inet': ('inet', 'inet6'),
    'family': ('4', '6'),
    'six': ('', '6'),
    'sixdash': ('', '6-'),
    'inet6colon': ('', 'inet6:'),
    'icmp': ('icmp', 'ipv6-icmp'),
}

# The rules stand in the table of our variant, in that of the other, or in tables of nft; and before
# our jump, or after it.
PLACES = {
    'same before': ('same', 'before'),
    'same after': ('same', 'after'),
    'other before': ('other', 'before'),
    'other after': ('other', 'after'),
    'native before': ('native', 'before'),
    'native after': ('native', 'after'),
}


class Bad(Exception):
    """The file is not as it should be."""


@dataclasses.dataclass
class Expectation:
    what: str
    decider: str = None


@dataclasses.dataclass
class Situation:
    name: str
    keys: dict
    blocks: list
    parts: dict
    commands: list
    by_chance = False

    def key(self, name, default=''):
        return self.keys.get(name, default)

    def families(self):
        return [int(word) for word in self.key('families', '4 6').split()]

    def places(self):
        default = 'same before, same after, other before'
        if 'iptables' not in self.parts:
            default = 'native before, native after'
        return [place.strip() for place in self.key('run', default).split(',')]

    def wants(self, source, name):
        """What the policy wants of a flow."""
        return 'pod' if self.key('pod ranges') and source not in PODS_IN_RANGES else \
            DESTINATIONS[name][2]

    def depends(self, source, name, where=''):
        """Whether the answer for the destination is a branch."""
        for word in self.key(f'depends{where}').replace(',', ' ').split():
            one, _, destination = word.rpartition('>')
            if one in ('', source) and destination in ('all', name):
                return True
        return False

    def rules(self, part, family):
        return expand(self.parts.get(part, ''), family)

    def sources(self):
        return self.key('sources', 'pod1 pod2').split()

    def policy(self):
        return POLICY + (PODS if self.key('pod ranges') else '')

    def expected(self, place, family):
        """{(source, destination, protocol): Expectation} for all flows of the family."""
        table = {}
        for source in self.sources():
            for name, row in DESTINATIONS.items():
                if row[family == 6] is None:
                    continue
                wants = self.wants(source, name)
                for protocol in ('udp', 'tcp', 'icmp'):
                    table[source, name, protocol] = Expectation(
                        wants, 'ours' if wants == 'node' else None)
        for words, rows in self.blocks:
            if set(words) <= {*PLACES[place], str(family)}:
                for row in rows:
                    apply_row(self.name, table, row)
        return table


def apply_row(name, table, row):
    targets, what, *decider = row.split()
    for target in targets.split(','):
        source, _, rest = target.rpartition('>')
        destination, _, protocol = rest.partition('/')
        keys = [key for key in table if source in ('', key[0]) and destination in ('all', key[1])
                and protocol in ('', key[2])]
        if not keys and destination != 'linklocal':
            raise Bad(f'{name}: no flow is like "{target}"')
        for key in keys:
            table[key] = Expectation(what, decider[0] if decider else None)


def expand(text, family):
    def word(match):
        name, _, which = match.group(1).partition('.')
        if name not in WORDS:
            return match.group(0)
        return WORDS[name][(int(which) if which else family) == 6]
    return re.sub(r'\{([a-z0-9]+(?:\.[46])?)\}', word, text)


def read(path):
    keys, blocks, parts, commands = {}, [], {}, []
    into = None
    with open(path, encoding='utf-8') as file:
        for line in file:
            line = line.rstrip('\n')
            if line.startswith('-- '):
                into = line[3:]
                parts[into] = ''
            elif into:
                parts[into] += line + '\n'
            elif not line or line.startswith('#'):
                continue
            elif line[0].isspace():
                blocks[-1][1].append(line.strip())
            elif line.startswith('expect'):
                blocks.append((line[6:].rstrip(':').split(), []))
            elif line.startswith('commands: '):
                commands.append(line[10:])
            else:
                key, _, value = line.partition(':')
                keys[key] = value.strip()
    name = path.rpartition('/')[2].removesuffix('.rules')
    known = {'owner', 'source', 'families', 'interface', 'run', 'check', 'depends',
             'depends in dumps', 'leave out', 'sources', 'pod ranges'}
    if not parts or not {'source'} <= set(keys) <= known:
        raise Bad(f'{name}: parts {list(parts)}, keys {list(keys)}')
    return Situation(name, keys, blocks, parts, commands)
