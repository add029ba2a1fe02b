# SPDX-License-Identifier: Apache-2.0
"""What a kubelet asks of a runtime for the pod of a DaemonSet.

Pod(DAEMONSET) has the manifest's meaning in the words of the CRI. A field that this file does not
know is an error, so nothing of a manifest is passed over.
"""
from cri import CONTAINER, NODE, POD, RUNTIME_DEFAULT
from kustomize import Unknown

# What the kubelet hides from a container, and what it makes read-only there.
MASKED_PATHS = ['/proc/asound', '/proc/acpi', '/proc/kcore', '/proc/keys', '/proc/latency_stats',
                '/proc/timer_list', '/proc/timer_stats', '/proc/sched_debug', '/proc/scsi',
                '/sys/firmware']
READONLY_PATHS = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger']
UNITS = {'m': 0.001, '': 1, 'Ki': 1 << 10, 'Mi': 1 << 20, 'Gi': 1 << 30}
CPU_PERIOD = 100000
# The kubelet's, for a pod of this priority.
OOM_SCORE_ADJ = {'system-node-critical': -997}


class Fields:
    """Takes the fields of a mapping, and fails for those that nobody took."""

    def __init__(self, where, values):
        self.where = where
        self.values = dict(values)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None and self.values:
            raise Unknown(f'{self.where}: nobody here knows {sorted(self.values)}')

    def take(self, name, default=None):
        return self.values.pop(name, default)

    def must_be(self, name, *allowed):
        value = self.take(name)
        if value not in allowed:
            raise Unknown(f'{self.where}: {name} is {value}')
        return value

    def inner(self, name):
        return Fields(f'{self.where}.{name}', self.take(name, {}))


def quantity(text):
    text = str(text)
    number = text.rstrip('mKMGi')
    return float(number) * UNITS[text[len(number):]]


class Probe:
    """An httpGet probe. What it says of times between probes is for those who have the time."""

    def __init__(self, where, values):
        with Fields(where, values) as probe:
            with probe.inner('httpGet') as get:
                self.host = get.take('host')
                self.port = get.take('port')
                self.path = get.take('path', '/')
            for name in ('initialDelaySeconds', 'periodSeconds'):
                probe.take(name)
            self.timeout = probe.take('timeoutSeconds', 1)
            self.failures = probe.take('failureThreshold', 3)


class Pod:
    """The only container of a pod, the probes and the volumes."""

    def __init__(self, daemonset):
        self.namespace = daemonset['metadata']['namespace']
        self.name = daemonset['metadata']['name']
        template = daemonset['spec']['template']
        self.labels = template['metadata'].get('labels', {})
        self.annotations = template['metadata'].get('annotations', {})
        with Fields('spec', template['spec']) as spec:
            # Where the scheduler puts it, and what the API server adds to it.
            for name in ('tolerations', 'nodeSelector'):
                spec.take(name)
            spec.must_be('automountServiceAccountToken', False)
            spec.must_be('enableServiceLinks', False)
            spec.must_be('dnsPolicy', 'Default')
            spec.must_be('hostNetwork', True)
            self.score = OOM_SCORE_ADJ[spec.take('priorityClassName')]
            self.grace = spec.take('terminationGracePeriodSeconds', 30)
            with spec.inner('securityContext') as security:
                with security.inner('seccompProfile') as seccomp:
                    seccomp.must_be('type', 'RuntimeDefault')
            self.volumes = [self.volume(one) for one in spec.take('volumes', [])]
            containers = spec.take('containers')
            if len(containers) != 1:
                raise Unknown('more than one container')
            self.read_container(containers[0])

    def volume(self, values):
        """A name with a ConfigMap or a path: (name, kind, fields)."""
        with Fields('volume', values) as volume:
            name = volume.take('name')
            for kind, known in (('configMap', ('name', 'optional', 'items')),
                                ('hostPath', ('path', 'type'))):
                if kind not in volume.values:
                    continue
                with volume.inner(kind) as inner:
                    return name, kind, {one: inner.take(one) for one in known}
            raise Unknown(f'the volume {name}')

    def read_container(self, values):
        with Fields('container', values) as container:
            self.container = container.take('name')
            self.image = container.take('image')
            container.must_be('imagePullPolicy', 'IfNotPresent')
            self.command = container.take('command', [])
            self.args = container.take('args', [])
            self.liveness = Probe('livenessProbe', container.take('livenessProbe'))
            self.readiness = Probe('readinessProbe', container.take('readinessProbe'))
            self.mounts = []
            for mount in container.take('volumeMounts', []):
                with Fields('volumeMount', mount) as mount:
                    self.mounts.append((mount.take('name'), mount.take('mountPath'),
                                        mount.take('readOnly', False)))
            with container.inner('securityContext') as security:
                self.security = self.security_context(security)
            with container.inner('resources') as resources:
                self.resources = self.limits(resources)

    def security_context(self, security):
        with security.inner('capabilities') as capabilities:
            add, drop = capabilities.take('add', []), capabilities.take('drop', [])
        return {
            'capabilities': {'add_capabilities': add, 'drop_capabilities': drop},
            'privileged': security.take('privileged', False),
            'run_as_user': {'value': security.take('runAsUser')},
            'run_as_group': {'value': security.take('runAsGroup')},
            'readonly_rootfs': security.take('readOnlyRootFilesystem', False),
            'no_new_privs': not security.take('allowPrivilegeEscalation', True),
            'masked_paths': MASKED_PATHS, 'readonly_paths': READONLY_PATHS,
            'seccomp': {'profile_type': RUNTIME_DEFAULT}, 'namespace_options': self.namespaces(),
        }

    def limits(self, resources):
        with resources.inner('requests') as requests:
            shares = int(quantity(requests.take('cpu', 0)) * 1024)
            requests.take('memory')
        with resources.inner('limits') as limits:
            quota = int(quantity(limits.take('cpu', 0)) * CPU_PERIOD)
            memory = int(quantity(limits.take('memory', 0)))
        return {'cpu_shares': max(shares, 2), 'cpu_period': CPU_PERIOD, 'cpu_quota': quota,
                'memory_limit_in_bytes': memory, 'oom_score_adj': self.score}

    @staticmethod
    def namespaces():
        return {'network': NODE, 'pid': CONTAINER, 'ipc': POD}

    def sandbox_config(self, uid, logs, cgroup_parent):
        with open('/etc/resolv.conf', encoding='utf-8') as file:
            words = [line.split() for line in file]
        dns = {'servers': [line[1] for line in words if line[:1] == ['nameserver']],
               'searches': [one for line in words if line[:1] == ['search'] for one in line[1:]],
               'options': [one for line in words if line[:1] == ['options'] for one in line[1:]]}
        return {
            'metadata': {'name': f'{self.name}-{uid[:5]}', 'uid': uid, 'namespace': self.namespace},
            'log_directory': logs, 'dns_config': dns, 'labels': self.labels,
            'annotations': self.annotations,
            'linux': {'cgroup_parent': cgroup_parent,
                      'security_context': {'namespace_options': self.namespaces(),
                                           'seccomp': {'profile_type': RUNTIME_DEFAULT}}},
        }

    def container_config(self, image, attempt, mounts):
        # The kubelet tells every container where the API server is.
        service = {'KUBERNETES_SERVICE_HOST': '10.96.0.1', 'KUBERNETES_SERVICE_PORT': '443'}
        return {
            'metadata': {'name': self.container, 'attempt': attempt}, 'image': {'image': image},
            'command': self.command, 'args': self.args,
            'envs': [{'key': key, 'value': value} for key, value in service.items()],
            'mounts': mounts, 'log_path': f'{self.container}/{attempt}.log',
            'linux': {'resources': self.resources, 'security_context': self.security},
        }
