# SPDX-License-Identifier: Apache-2.0
"""Compares what `ipmasq-explain --live` or `--from` answers in JSON with what packets did."""
import ipaddress
import json
import subprocess

from situation import DESTINATIONS, WORDS, expand

VERDICTS = {'MASQUERADE', 'SNAT', 'RETURN', 'UNKNOWN'}
BACKENDS = {'iptables-legacy', 'iptables-nft', 'nftables'}
# The beginning of the names of all our chains.
OURS = 'IP-MASQ-AG'


class Answer:
    """One question of all destinations for one pod."""

    def __init__(self, explain, options, source, destinations, enter=None):
        words = [explain, *options, '--source', source, '-o', 'json', *destinations]
        run = enter.run if enter else subprocess.run
        result = run(words, check=False, capture_output=True, text=True) if not enter else \
            run(words, check=False)
        self.status, self.said = result.returncode, result.stderr.strip()
        self.by_address = {}
        try:
            for one in json.loads(result.stdout):
                self.by_address[one['address']] = one
        except (ValueError, TypeError, KeyError):
            self.said += '\n' + result.stdout[:400]


def explains(outcome, what, node):
    """Whether a packet that arrived so may be meant by the outcome."""
    verdict, to = outcome['verdict'], outcome['to']
    if verdict == 'UNKNOWN':
        return True
    if what == 'pod':
        return verdict == 'RETURN'
    if what == 'node':
        return verdict == 'MASQUERADE' or verdict == 'SNAT' and covers(to, node)
    return verdict == 'SNAT' and covers(to, what)


def covers(to, address):
    """`to` is an address, a range of them, or null, where the dump does not tell."""
    if to is None:
        return True
    try:
        first, _, last = to.partition('-')
        first, last = ipaddress.ip_address(first), ipaddress.ip_address(last or first)
        return first <= ipaddress.ip_address(address) <= last
    except ValueError:
        return False


def plain(name):
    return str(name).lower().replace('-', ' ')


def has_order(one):
    """Whether an answer depends on which base chain of one priority the kernel asks first, which
    nothing tells."""
    return bool(one) and any(text.startswith('the kernel asks chain') for outcome in one['outcomes']
                             for text in outcome['conditions'])


def wrong_shape(one):
    for outcome in one['outcomes']:
        decider = outcome['decided_by']
        if outcome['verdict'] not in VERDICTS or not isinstance(outcome['conditions'], list):
            return f'an outcome is not as it should be: {outcome}'
        if decider is not None and (decider['backend'] not in BACKENDS or decider['rule'] < 1 or
                                    not {'family', 'table', 'chain', 'text', 'owner'} <=
                                    set(decider)):
            return f'decided_by is not as it should be: {decider}'
    for step in one['steps']:
        if step['matches'] not in ('yes', 'no', 'maybe') or step['backend'] not in BACKENDS:
            return f'a step is not as it should be: {step}'
    return None if one['outcomes'] else 'there is no outcome'


class Question:
    """What packets of one pod to one destination did, by protocol, and what was expected of it."""

    def __init__(self, situation, family, source, name, expected, seen):
        self.family, self.source, self.name = family, source, name
        self.address = DESTINATIONS[name][family == 6]
        self.policy = situation.wants(source, name)
        self.seen = set(seen)
        self.deciders = {one.decider for one in expected}
        self.node = WORDS['node'][family == 6]
        self.owner = situation.key('owner')
        self.varies = len(set(one.what for one in expected)) > 1
        self.depends = situation.depends(source, name)
        self.depends_in_dumps = self.depends or situation.depends(source, name, ' in dumps')

    def complaints(self, answer, live, hides, ours):
        """Texts on what is wrong with an answer."""
        one = answer.by_address.get(self.address)
        if one is None:
            return ['there is no answer']
        wrong = wrong_shape(one)
        if wrong:
            return [wrong]
        found = []
        verdict = {'node': 'MASQUERADE', 'pod': 'RETURN'}[self.policy]
        if one['policy']['verdict'] != verdict:
            found.append(f'the policy is {one["policy"]["verdict"]}, not {verdict}')
        for what in self.seen - {'lost'}:
            if not any(explains(outcome, what, self.node) for outcome in one['outcomes']):
                found.append(f'a packet: {what}, and no outcome says so')
        found += self.agreement(one, live, hides)
        if self.seen != {'lost'}:
            found += self.decision(one, live, hides, ours)
        return found

    def may_depend(self, live, hides):
        return hides == 'conditions' or (self.depends if live else self.depends_in_dumps)

    def agreement(self, one, live, hides):
        seen = self.seen - {'lost'}
        agrees = one['agrees']
        found = []
        if not seen:
            return []
        # A dump does not tell which addresses are the node's.
        perhaps = not live and self.policy == 'node' and any(
            outcome['verdict'] == 'SNAT' for outcome in one['outcomes'])
        # Nothing tells in which order the kernel asks base chains of one priority.
        order = all(text.startswith('the kernel asks chain') for outcome in one['outcomes']
                    for text in outcome['conditions'])
        if agrees is None and not perhaps and not order and not self.may_depend(live, hides):
            found.append('it depends, they say: ' + '; '.join(
                text for outcome in one['outcomes'] for text in outcome['conditions']))
        if agrees is True and seen != {self.policy}:
            found.append(f'agrees, though packets: {sorted(seen)}')
        if agrees is False and self.policy in seen and not (
                seen == {'node'} and any(out['verdict'] == 'SNAT' for out in one['outcomes'])):
            found.append(f'does not agree, though packets: {sorted(seen)}')
        if agrees is not None and len(one['outcomes']) == 1 and one['outcomes'][0]['conditions']:
            found.append('one outcome, and it has conditions')
        return found

    def decision(self, one, live, hides, ours):
        """The deciding rule and its owner."""
        if hides == 'conditions' and any(outcome['verdict'] == 'UNKNOWN' for outcome in one['outcomes']):
            return []
        deciders = [outcome['decided_by'] for outcome in one['outcomes']]
        found = []
        for wanted in self.deciders - {None}:
            if wanted == 'ours':
                good = any(out and out['chain'].startswith(ours) for out in deciders)
            elif wanted == 'none':
                good = None in deciders
            else:
                chain, _, rule = wanted.partition('/')
                named = [out for out in deciders if out and out['chain'] == chain and
                         rule in ('', str(out['rule']))]
                good = bool(named)
                # nft does not print the comments of rules of iptables.
                known = hides == 'nothing' or any(out['owner'] for out in named)
                if named and self.owner and known and not any(
                        plain(self.owner) in plain(out['owner']) for out in named):
                    found.append(f'the owner is {named[0]["owner"]}, not {self.owner}')
            if not good:
                found.append(f'not decided by {wanted} but ' + ', '.join(
                    f'{out["chain"]}/{out["rule"]}' if out else 'none' for out in deciders))
        return found


def compare(answer, questions, live, hides, ours):
    """Complaints on one answer for one pod, each with its address in front."""
    found = []
    for question in questions:
        found += [f'{question.source} > {question.address} ({question.name}): {text}'
                  for text in question.complaints(answer, live, hides, ours)]
    if not answer.by_address:
        return [f'status {answer.status}: {answer.said}']
    disagrees = any(one['agrees'] is False for one in answer.by_address.values())
    if answer.status != (1 if disagrees else 0):
        found.append(f'exit status {answer.status}: {answer.said}')
    return found


def questions(situation, place, family, source, seen):
    """`seen` has what arrived, as "pod", "node", "lost" or an address, by (source, name, protocol)."""
    table = situation.expected(place, family)
    names = dict.fromkeys(key[1] for key in table if key[0] == source)
    return [Question(situation, family, source, name,
                     [table[key] for key in table if key[:2] == (source, name)],
                     [seen[key] for key in table if key[:2] == (source, name)])
            for name in names]
