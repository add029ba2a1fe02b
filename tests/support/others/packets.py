# SPDX-License-Identifier: Apache-2.0
"""The judge: frames of pods, and the source addresses with which they arrive outside."""
import ipaddress
import os
import struct

from netns import MAC

PROTOCOLS = ('udp', 'tcp', 'icmp')
NUMBER = {'udp': 17, 'tcp': 6, 'icmp': 1}
PORTS = {'udp': 53, 'tcp': 443}
MAGIC = b'IPMQ'


def checksum(data):
    if len(data) % 2:
        data += b'\0'
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while total > 0xffff:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def transport(protocol, six, source_port, payload):
    """The header, with the offset of its checksum."""
    if protocol == 'udp':
        return struct.pack('!HHHH', source_port, PORTS['udp'], 8 + len(payload), 0) + payload, 6
    if protocol == 'tcp':
        return struct.pack('!HHIIBBHHH', source_port, PORTS['tcp'], 1, 0, 5 << 4, 2, 8192, 0,
                           0) + payload, 16
    return struct.pack('!BBHHH', 128 if six else 8, 0, 0, source_port, 1) + payload, 2


def frame(protocol, source, destination, source_port, mark):
    """An Ethernet frame from a pod to the node with a first packet of a flow."""
    source, destination = ipaddress.ip_address(source), ipaddress.ip_address(destination)
    six = source.version == 6
    number = 58 if six and protocol == 'icmp' else NUMBER[protocol]
    body, at = transport(protocol, six, source_port, MAGIC + struct.pack('!I', mark))
    pseudo = source.packed + destination.packed
    pseudo += struct.pack('!II', len(body), number) if six else struct.pack('!HH', number, len(body))
    if protocol == 'icmp' and not six:
        pseudo = b''
    total = checksum(pseudo + body) or 0xffff
    body = body[:at] + struct.pack('!H', total) + body[at + 2:]
    if six:
        head = struct.pack('!IHBB', 6 << 28, len(body), number, 60)
        head += source.packed + destination.packed
    else:
        head = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(body), 0, 0x4000, 60, number, 0)
        head += source.packed + destination.packed
        head = head[:10] + struct.pack('!H', checksum(head)) + head[12:]
    ethernet = bytes.fromhex((MAC['pods'] + MAC['pod']).replace(':', ''))
    return ethernet + (b'\x86\xdd' if six else b'\x08\x00') + head + body


def arrival(got):
    """(mark, source address) of a frame of ours that arrived; None of another."""
    at = got.find(MAGIC)
    if at < 0 or len(got) < at + 8:
        return None
    mark = struct.unpack('!I', got[at + 4:at + 8])[0]
    if got[12:14] == b'\x86\xdd':
        return mark, str(ipaddress.ip_address(got[22:38]))
    if got[12:14] == b'\x08\x00':
        return mark, str(ipaddress.ip_address(got[26:30]))
    return None


class Judge:
    """Sends, and says what arrived."""

    def __init__(self):
        self.port = 20000
        self.markers = 0

    def send(self, network, flows):
        """For each (protocol, source, destination), the source that was seen outside, or None."""
        seen = [None] * len(flows)
        # On one CPU, so that frames are handled in the order in which they were sent.
        cpus = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {sorted(cpus)[os.getpid() % len(cpus)]})
        try:
            self.send_all(network, flows, seen)
        finally:
            os.sched_setaffinity(0, cpus)
        return seen

    def send_all(self, network, flows, seen):
        for mark, (protocol, source, destination) in enumerate(flows):
            # Another port each time, since conntrack keeps what it decided for a flow.
            self.port = self.port + 1 if self.port < 60000 else 20000
            network.to_node.send(frame(protocol, source, destination, self.port, mark))
            if mark % 64 == 63:
                self.pass_markers(network, seen)
        self.pass_markers(network, seen)

    def pass_markers(self, network, seen):
        self.markers += 1
        network.marker(network.to_node, network.from_pod, self.markers)
        for got in network.marker(network.to_outside, network.from_node, self.markers):
            found = arrival(got)
            if found:
                seen[found[0]] = found[1]
