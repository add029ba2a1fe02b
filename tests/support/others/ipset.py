# SPDX-License-Identifier: Apache-2.0
"""Sets of ipset, made through netlink, so that no test needs the program ipset."""
import ipaddress
import socket
import struct

NETLINK_NETFILTER = 12
SUBSYSTEM = 6
CREATE, ADD = 2, 9
PROTOCOL, NAME, TYPE, REVISION, FAMILY, DATA = 1, 2, 3, 4, 5, 7
IP, CIDR, PORT, PROTO = 1, 3, 4, 7
NESTED, NET_ORDER = 0x8000, 0x4000
REQUEST, ACK = 1, 4


def attribute(kind, data):
    return struct.pack('=HH', 4 + len(data), kind) + data + bytes(-len(data) % 4)


def text(kind, value):
    return attribute(kind, value.encode() + b'\0')


def byte(kind, value):
    return attribute(kind, bytes([value]))


def address(value):
    kind = 1 if value.version == 4 else 2
    return attribute(IP | NESTED, attribute(kind | NET_ORDER, value.packed))


def request(sock, command, attributes, what):
    body = struct.pack('=BBH', 2, 0, 0) + b''.join(attributes)
    sock.send(struct.pack('=IHHII', 16 + len(body), SUBSYSTEM << 8 | command, REQUEST | ACK, 1, 0)
              + body)
    answer = sock.recv(65536)
    error = struct.unpack('=i', answer[16:20])[0]
    if error:
        raise OSError(-error, f'ipset: {what}')


def element(kind, words):
    """An entry of hash:net, hash:ip, or hash:ip,port as PROTOCOL:PORT behind a comma."""
    network = ipaddress.ip_network(words.split(',')[0])
    data = address(network.network_address)
    if kind == 'hash:net':
        data += byte(CIDR, network.prefixlen)
    if ',' in words:
        protocol, port = words.split(',')[1].split(':')
        data += attribute(PORT | NET_ORDER, struct.pack('!H', int(port)))
        data += byte(PROTO, {'tcp': 6, 'udp': 17}[protocol])
    return data


def load(namespace, lines):
    """Takes lines as `ipset save` prints them: create NAME TYPE family F, add NAME ENTRY."""
    kinds = {}
    with namespace.entered():
        sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
    with sock:
        for line in lines:
            words = line.split()
            if words[0] == 'create':
                kinds[words[1]] = words[2]
                family = socket.AF_INET6 if 'inet6' in words else socket.AF_INET
                request(sock, CREATE, [byte(PROTOCOL, 6), text(NAME, words[1]),
                                       text(TYPE, words[2]), byte(REVISION, 0),
                                       byte(FAMILY, family), attribute(DATA | NESTED, b'')], line)
            else:
                request(sock, ADD, [byte(PROTOCOL, 6), text(NAME, words[1]), attribute(
                    DATA | NESTED, element(kinds[words[1]], words[2]))], line)
