# SPDX-License-Identifier: Apache-2.0
"""A pod's side, a node and the outside in network namespaces, for frames that are written by hand.

The node has a static route and static neighbours, so nothing but the frames under test is sent. It
is made anew for each situation, since the order of hooks of equal priority depends on the order in
which tables came into being."""
import contextlib
import ctypes
import os
import socket
import subprocess
import threading

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
ETH_P_ALL = 3
MARKER = 0x88B5

MAC = {'pod': '02:00:00:00:00:01', 'pods': '02:00:00:00:00:02',
       'node': '02:00:00:00:00:03', 'outside': '02:00:00:00:00:04'}


def call(function, *arguments):
    if getattr(LIBC, function)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f'{function}: {os.strerror(number)}')


class Namespace:
    """A network namespace that lives as long as its descriptor is open."""

    def __init__(self, name):
        home = os.open('/proc/thread-self/ns/net', os.O_RDONLY)
        call('unshare', CLONE_NEWNET)
        self.fd = os.open('/proc/thread-self/ns/net', os.O_RDONLY)
        self.path = f'/run/netns/{name}'
        with open(self.path, 'w', encoding='ascii'):
            pass
        call('mount', b'/proc/thread-self/ns/net', self.path.encode(), b'none', 4096, None)
        call('setns', home, CLONE_NEWNET)
        os.close(home)

    @contextlib.contextmanager
    def entered(self):
        home = os.open('/proc/thread-self/ns/net', os.O_RDONLY)
        call('setns', self.fd, CLONE_NEWNET)
        try:
            yield
        finally:
            call('setns', home, CLONE_NEWNET)
            os.close(home)

    def run(self, words, **options):
        """Runs a program in it. A failure is an error unless check=False."""
        options.setdefault('check', True)
        options.setdefault('text', True)
        with self.entered():
            result = subprocess.run(words, capture_output=True, stdin=None
                                    if 'input' in options else subprocess.DEVNULL,
                                    **{**options, 'check': False})
        if options['check'] and result.returncode != 0:
            raise RuntimeError(f'{" ".join(words)}: status {result.returncode}: {result.stderr}')
        return result

    def packet_socket(self, interface, protocol):
        """A socket for frames of the interface; with protocol 0 it is only for sending."""
        with self.entered():
            opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            opened.bind((interface, protocol))
        opened.settimeout(20)
        return opened

    def forget(self):
        """Takes its name away."""
        call('umount2', self.path.encode(), 2)
        os.unlink(self.path)


class Network:
    """The three namespaces. The node's interface to the pods has the name that the situation's
    software gives it."""

    def __init__(self, pods='pods', extra=()):
        self.pod = Namespace('lab-pod')
        self.node = Namespace('lab-node')
        self.outside = Namespace('lab-outside')
        lines = [
            f'link add eth0 address {MAC["pod"]} type veth peer name {pods} address {MAC["pods"]} '
            'netns lab-node',
            'link set eth0 up']
        self.batch(self.pod, lines)
        lines = [
            'link set lo up',
            f'link set {pods} up',
            f'link add eth0 address {MAC["node"]} type veth peer name eth0 '
            f'address {MAC["outside"]} netns lab-outside',
            'link set eth0 up',
            f'addr add 172.20.1.1/24 dev {pods}',
            f'addr add fd00:172:20:1::1/64 dev {pods} nodad',
            'addr add 192.0.2.10/24 dev eth0',
            'addr add 2001:db8:1::10/64 dev eth0 nodad']
        self.batch(self.outside, [], 'link set eth0 up', lines)
        lines = [
            f'neigh add 192.0.2.1 lladdr {MAC["outside"]} nud permanent dev eth0',
            f'neigh add 2001:db8:1::1 lladdr {MAC["outside"]} nud permanent dev eth0',
            'route add default via 192.0.2.1',
            '-6 route add default via 2001:db8:1::1', *extra]
        self.node.run(['sh', '-c', '''
            cd /proc/sys/net
            echo 0 >ipv4/conf/all/rp_filter
            echo 0 >ipv4/conf/default/rp_filter
            echo 0 >ipv6/conf/default/router_solicitations
            echo 1 >ipv4/ip_forward
            echo 1 >ipv6/conf/all/forwarding
            for file in ipv4/conf/*/rp_filter; do echo 0 >$file; done'''])
        self.batch(self.node, [line for line in lines if not line.startswith('-6')])
        self.batch(self.node, [line[3:] for line in lines if line.startswith('-6')], six=True)
        self.to_node = self.pod.packet_socket('eth0', 0)
        self.from_pod = self.node.packet_socket(pods, ETH_P_ALL)
        self.to_outside = self.node.packet_socket('eth0', 0)
        self.from_node = self.outside.packet_socket('eth0', ETH_P_ALL)
        self.await_link(self.to_node, self.from_pod)
        self.await_link(self.to_outside, self.from_node)

    def batch(self, namespace, lines, then=None, before=None, six=False):
        if before:
            self.batch(self.node, before)
        words = ['ip', '-batch', '-'] if not six else ['ip', '-6', '-batch', '-']
        namespace.run(words, input='\n'.join(lines + ([then] if then else [])) + '\n')

    def await_link(self, sender, receiver):
        """A link loses frames until the kernel has seen that its other end is up."""
        receiver.settimeout(0.005)
        for _ in range(4000):
            with contextlib.suppress(socket.timeout):
                self.marker(sender, receiver, 0)
                receiver.settimeout(20)
                return
        raise RuntimeError('the link does not come up')

    def marker(self, sender, receiver, number):
        """Sends a frame that the kernel only hands on to packet sockets, and reads until it is
        there. What went the same way before it has arrived by then, or never will, since all runs
        on one CPU, in order."""
        frame = bytes.fromhex('02ffffffffff') + bytes(6) + MARKER.to_bytes(2, 'big')
        frame += number.to_bytes(8, 'big') + bytes(46)
        sender.send(frame)
        frames = []
        while True:
            got = receiver.recv(65536)
            if got[12:14] == frame[12:14] and got[14:22] == frame[14:22]:
                return frames
            frames.append(got)

    def close(self):
        """In a thread, since the kernel waits for all CPUs at each step."""
        for namespace in (self.pod, self.node, self.outside):
            namespace.forget()
        threading.Thread(target=self.close_all).start()

    def close_all(self):
        for opened in (self.to_node, self.from_pod, self.to_outside, self.from_node):
            opened.close()
        for namespace in (self.pod, self.node, self.outside):
            os.close(namespace.fd)
