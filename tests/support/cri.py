# SPDX-License-Identifier: Apache-2.0
"""A client of the Container Runtime Interface, as far as tests/runtime needs it.

Debian has no package with its messages, so MESSAGES has the numbers and types of their fields, from
runtime.v1. Requests and answers are dictionaries. A field that MESSAGES does not have is an error in
a request, and left out of an answer.

Needs python3-grpcio.
"""
import grpc

# Per message, each field with its number and type. A type is a message, or one of int, bool, text and
# map, which is of texts. `[]` before it says that the field may be there several times.
MESSAGES = {
    'RunPodSandboxRequest': {'config': (1, 'PodSandboxConfig')},
    'RunPodSandboxResponse': {'pod_sandbox_id': (1, 'text')},
    'StopPodSandboxRequest': {'pod_sandbox_id': (1, 'text')},
    'StopPodSandboxResponse': {},
    'RemovePodSandboxRequest': {'pod_sandbox_id': (1, 'text')},
    'RemovePodSandboxResponse': {},
    'PodSandboxStatusRequest': {'pod_sandbox_id': (1, 'text'), 'verbose': (2, 'bool')},
    'PodSandboxStatusResponse': {'status': (1, 'PodSandboxStatus'), 'info': (2, 'map')},
    'ListPodSandboxRequest': {},
    'ListPodSandboxResponse': {'items': (1, '[]PodSandbox')},
    'CreateContainerRequest': {'pod_sandbox_id': (1, 'text'), 'config': (2, 'ContainerConfig'),
                               'sandbox_config': (3, 'PodSandboxConfig')},
    'CreateContainerResponse': {'container_id': (1, 'text')},
    'StartContainerRequest': {'container_id': (1, 'text')},
    'StartContainerResponse': {},
    'StopContainerRequest': {'container_id': (1, 'text'), 'timeout': (2, 'int')},
    'StopContainerResponse': {},
    'RemoveContainerRequest': {'container_id': (1, 'text')},
    'RemoveContainerResponse': {},
    'ContainerStatusRequest': {'container_id': (1, 'text'), 'verbose': (2, 'bool')},
    'ContainerStatusResponse': {'status': (1, 'ContainerStatus'), 'info': (2, 'map')},
    'ExecSyncRequest': {'container_id': (1, 'text'), 'cmd': (2, '[]text'), 'timeout': (3, 'int')},
    'ExecSyncResponse': {'stdout': (1, 'text'), 'stderr': (2, 'text'), 'exit_code': (3, 'int')},
    'ListContainersRequest': {},
    'ListContainersResponse': {'containers': (1, '[]Container')},
    'StatusRequest': {'verbose': (1, 'bool')},
    'StatusResponse': {'status': (1, 'RuntimeStatus'), 'info': (2, 'map')},
    'ImageStatusRequest': {'image': (1, 'ImageSpec')},
    'ImageStatusResponse': {'image': (1, 'Image')},

    'PodSandboxConfig': {'metadata': (1, 'PodSandboxMetadata'), 'hostname': (2, 'text'),
                         'log_directory': (3, 'text'), 'dns_config': (4, 'DNSConfig'),
                         'labels': (6, 'map'), 'annotations': (7, 'map'),
                         'linux': (8, 'LinuxPodSandboxConfig')},
    'PodSandboxMetadata': {'name': (1, 'text'), 'uid': (2, 'text'), 'namespace': (3, 'text'),
                           'attempt': (4, 'int')},
    'DNSConfig': {'servers': (1, '[]text'), 'searches': (2, '[]text'), 'options': (3, '[]text')},
    'LinuxPodSandboxConfig': {'cgroup_parent': (1, 'text'),
                              'security_context': (2, 'LinuxSandboxSecurityContext')},
    'LinuxSandboxSecurityContext': {'namespace_options': (1, 'NamespaceOption'),
                                    'privileged': (6, 'bool'),
                                    'seccomp': (9, 'SecurityProfile')},
    'NamespaceOption': {'network': (1, 'int'), 'pid': (2, 'int'), 'ipc': (3, 'int')},
    'SecurityProfile': {'profile_type': (1, 'int')},
    'PodSandboxStatus': {'id': (1, 'text'), 'state': (3, 'int'),
                         'network': (5, 'PodSandboxNetworkStatus')},
    'PodSandboxNetworkStatus': {'ip': (1, 'text'), 'additional_ips': (2, '[]PodIP')},
    'PodIP': {'ip': (1, 'text')},
    'PodSandbox': {'id': (1, 'text'), 'metadata': (2, 'PodSandboxMetadata'), 'state': (3, 'int')},

    'ContainerConfig': {'metadata': (1, 'ContainerMetadata'), 'image': (2, 'ImageSpec'),
                        'command': (3, '[]text'), 'args': (4, '[]text'), 'envs': (6, '[]KeyValue'),
                        'mounts': (7, '[]Mount'), 'labels': (9, 'map'), 'log_path': (11, 'text'),
                        'linux': (15, 'LinuxContainerConfig')},
    'ContainerMetadata': {'name': (1, 'text'), 'attempt': (2, 'int')},
    'ImageSpec': {'image': (1, 'text')},
    'Image': {'id': (1, 'text'), 'repo_tags': (2, '[]text')},
    'KeyValue': {'key': (1, 'text'), 'value': (2, 'text')},
    'Mount': {'container_path': (1, 'text'), 'host_path': (2, 'text'), 'readonly': (3, 'bool')},
    'LinuxContainerConfig': {'resources': (1, 'LinuxContainerResources'),
                             'security_context': (2, 'LinuxContainerSecurityContext')},
    'LinuxContainerResources': {'cpu_period': (1, 'int'), 'cpu_quota': (2, 'int'),
                                'cpu_shares': (3, 'int'), 'memory_limit_in_bytes': (4, 'int'),
                                'oom_score_adj': (5, 'int')},
    'LinuxContainerSecurityContext': {'capabilities': (1, 'Capability'), 'privileged': (2, 'bool'),
                                      'namespace_options': (3, 'NamespaceOption'),
                                      'run_as_user': (5, 'Int64Value'),
                                      'run_as_group': (12, 'Int64Value'),
                                      'readonly_rootfs': (7, 'bool'), 'no_new_privs': (11, 'bool'),
                                      'masked_paths': (13, '[]text'),
                                      'readonly_paths': (14, '[]text'),
                                      'seccomp': (15, 'SecurityProfile')},
    'Capability': {'add_capabilities': (1, '[]text'), 'drop_capabilities': (2, '[]text')},
    'Int64Value': {'value': (1, 'int')},
    'Container': {'id': (1, 'text'), 'pod_sandbox_id': (2, 'text'), 'state': (6, 'int')},
    'ContainerStatus': {'id': (1, 'text'), 'state': (3, 'int'), 'exit_code': (7, 'int'),
                        'reason': (10, 'text'), 'message': (11, 'text')},
    'RuntimeStatus': {'conditions': (1, '[]RuntimeCondition')},
    'RuntimeCondition': {'type': (1, 'text'), 'status': (2, 'bool'), 'message': (4, 'text')},
}

# Enumerations: the modes of namespaces, the seccomp profiles, and the states.
POD, CONTAINER, NODE = 0, 1, 2
RUNTIME_DEFAULT, UNCONFINED = 0, 1
SANDBOX_READY, SANDBOX_NOTREADY = 0, 1
CREATED, RUNNING, EXITED = 0, 1, 2

# The kinds of a field on the wire.
VARINT, BYTES = 0, 2


def put_number(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def put_field(number, kind, value):
    if kind in ('int', 'bool'):
        return put_number(number << 3 | VARINT) + put_number(int(value))
    if kind == 'map':
        return b''.join(put_bytes(number, put_field(1, 'text', k) + put_field(2, 'text', v))
                        for k, v in sorted(value.items()))
    return put_bytes(number, value.encode() if kind == 'text' else encode(kind, value))


def put_bytes(number, data):
    return put_number(number << 3 | BYTES) + put_number(len(data)) + data


def encode(message, values):
    """The bytes of a message. In an unset field stands its default, so None leaves it out."""
    out = b''
    for name, value in values.items():
        if name not in MESSAGES[message]:
            raise KeyError(f'{message} has no field {name}')
        number, kind = MESSAGES[message][name]
        if value is None:
            continue
        if kind.startswith('[]'):
            out += b''.join(put_field(number, kind[2:], one) for one in value)
        else:
            out += put_field(number, kind, value)
    return out


def take_number(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def take_fields(data):
    """Yields the number of each field, and what it holds: a number or bytes."""
    at = 0
    while at < len(data):
        key, at = take_number(data, at)
        if key & 7 == VARINT:
            value, at = take_number(data, at)
        elif key & 7 == BYTES:
            size, at = take_number(data, at)
            value, at = data[at:at + size], at + size
        else:
            raise ValueError(f'a field of kind {key & 7}')
        yield key >> 3, value


def get_value(kind, value):
    if kind == 'int':
        return value - (1 << 64) if value >> 63 else value
    if kind == 'bool':
        return bool(value)
    return value.decode(errors='replace') if kind == 'text' else decode(kind, value)


def decode(message, data):
    """The fields of a message; those that are not there have their defaults."""
    defaults = {'int': 0, 'bool': False, 'text': ''}
    out = {}
    for name, (_, kind) in MESSAGES[message].items():
        out[name] = [] if kind.startswith('[]') else {} if kind == 'map' else defaults.get(kind)
    names = {number: (name, kind) for name, (number, kind) in MESSAGES[message].items()}
    for number, value in take_fields(data):
        if number not in names:
            continue
        name, kind = names[number]
        if kind == 'map':
            entry = dict(take_fields(value))
            out[name][entry.get(1, b'').decode()] = entry.get(2, b'').decode(errors='replace')
        elif kind.startswith('[]'):
            out[name].append(get_value(kind[2:], value))
        else:
            out[name] = get_value(kind, value)
    return out


class Runtime:
    """The runtime behind a socket. A call that fails raises grpc.RpcError."""

    def __init__(self, socket):
        self.channel = grpc.insecure_channel('unix:' + socket)

    def call(self, method, service='RuntimeService', **request):
        # Only a machine with no time at all needs minutes.
        return self.channel.unary_unary(
            f'/runtime.v1.{service}/{method}',
            request_serializer=lambda values: encode(method + 'Request', values),
            response_deserializer=lambda data: decode(method + 'Response', data))(
                request, timeout=180, wait_for_ready=True)

    def image(self, name):
        """What the runtime has under that name, or None."""
        return self.call('ImageStatus', 'ImageService', image={'image': name})['image']

    def ready(self):
        """Whether pods can be made. While it starts it answers that it has not started yet."""
        try:
            status = self.call('Status')['status']
        except grpc.RpcError:
            return False
        return all(condition['status'] for condition in status['conditions'])

    def network(self):
        """What the runtime has read of the network of pods, in JSON."""
        return self.call('Status', verbose=True)['info']['cniconfig']
