#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A kubelet's part of a DaemonSet: its pod in a runtime, its volumes and its probes.

    kubelet.py SOCKET DIRECTORY COMMAND [ARGUMENT]...

It must run in the node's network namespace, since probes are asked from there. What it knows, and
the volumes, are in DIRECTORY. Commands:

    apply OVERLAY       starts the DaemonSet that kustomize builds of a directory of
                        examples/kubernetes, and its ConfigMap if it has one
    configmap FILE      a ConfigMap is new or has changed: volumes follow
    no-configmap        there is none any more
    image IMAGE         the pod is replaced by one of that image, as in a rolling update
    ready               waits until the readiness probe succeeds
    readiness           one probe: prints the status and what was said; exits with 1 on failure
    liveness            as often as the manifest allows it to fail: prints `alive', or restarts the
                        container and prints `restarted'
    restarted           waits until the container ended, starts the next one, prints the exit status
    pid                 prints the process of the container
    log                 prints the log of the container
    exec WORD...        runs a program in the container, prints what it said, exits as it does
    stop                the DaemonSet and its ConfigMap are deleted

Needs python3-grpcio and python3-yaml.
"""
import http.client
import json
import os
import shutil
import sys
import time
import uuid

import grpc
import yaml

import cri
from daemonset import Pod
from kustomize import Unknown, build, the

# Only what is broken needs so long.
PATIENCE = 90


def wait_for(what, function):
    """The first true value of the function."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        value = function()
        if value:
            return value
        time.sleep(0.05)
    sys.exit(f'kubelet: {what} took too long')


class ConfigMapVolume:
    """A directory whose files are links into `..data', which is a link to a directory that is made
    anew with each change: the link is replaced in one step."""

    def __init__(self, path, fields):
        self.path = path
        self.fields = fields

    def files(self, configmaps):
        data = configmaps.get(self.fields['name'])
        if data is None:
            if not self.fields['optional']:
                raise Unknown(f'there is no ConfigMap {self.fields["name"]}')
            return {}
        if self.fields['items'] is None:
            return data
        wanted = {one['key']: one['path'] for one in self.fields['items']}
        missing = set(wanted) - set(data)
        if missing and not self.fields['optional']:
            raise Unknown(f'the ConfigMap has no {sorted(missing)}')
        return {wanted[key]: data[key] for key in wanted if key in data}

    def project(self, configmaps):
        files = self.files(configmaps)
        data = os.path.join(self.path, '..data')
        old = os.readlink(data) if os.path.islink(data) else None
        new = time.strftime('..%Y_%m_%d_%H_%M_%S.') + uuid.uuid4().hex[:10]
        os.makedirs(os.path.join(self.path, new))
        for name, text in files.items():
            with open(os.path.join(self.path, new, name), 'w', encoding='utf-8') as file:
                file.write(text)
        os.symlink(new, data + '_tmp')
        os.rename(data + '_tmp', data)
        for name in files:
            link = os.path.join(self.path, name)
            if not os.path.islink(link):
                os.symlink(os.path.join('..data', name), link)
        for name in os.listdir(self.path):
            if not name.startswith('..') and name not in files:
                os.unlink(os.path.join(self.path, name))
        if old:
            shutil.rmtree(os.path.join(self.path, old))


class Kubelet:
    def __init__(self, socket, top):
        self.runtime = cri.Runtime(socket)
        self.top = top
        self.file = os.path.join(top, 'state.json')
        self.state = {'configmaps': {}}
        if os.path.exists(self.file):
            with open(self.file, encoding='utf-8') as file:
                self.state = json.load(file)
        self.pod = Pod(self.state['daemonset']) if 'daemonset' in self.state else None

    def save(self):
        with open(self.file + '.new', 'w', encoding='utf-8') as file:
            json.dump(self.state, file)
        os.rename(self.file + '.new', self.file)

    # Volumes

    def directory(self, *names):
        return os.path.join(self.top, 'pods', self.state['uid'], *names)

    def configmap_volumes(self):
        for name, kind, fields in self.pod.volumes:
            if kind == 'configMap':
                yield name, ConfigMapVolume(
                    self.directory('volumes', 'kubernetes.io~configmap', name), fields)

    def mounts(self):
        places = {name: volume.path for name, volume in self.configmap_volumes()}
        for name, kind, fields in self.pod.volumes:
            if kind != 'hostPath':
                continue
            if fields['type'] != 'FileOrCreate':
                raise Unknown(f'the type {fields["type"]} of a hostPath')
            places[name] = fields['path']
            with open(places[name], 'a', encoding='utf-8'):
                pass
        mounts = [{'container_path': path, 'host_path': places[name], 'readonly': readonly}
                  for name, path, readonly in self.pod.mounts]
        # These two the kubelet gives to every container.
        for path, name in (('/etc/hosts', 'etc-hosts'), ('/dev/termination-log', 'termination-log')):
            mounts.append({'container_path': path, 'host_path': self.directory(name)})
            with open(self.directory(name), 'a', encoding='utf-8'):
                pass
        shutil.copy('/etc/hosts', self.directory('etc-hosts'))
        return mounts

    def project(self):
        for _, volume in self.configmap_volumes():
            volume.project(self.state['configmaps'])

    # The pod

    def logs(self):
        return self.directory('logs')

    def must_have(self, image):
        if self.runtime.image(image) is None:
            raise Unknown(f'the runtime has no image {image}, and there is no registry')

    def start(self, image):
        self.must_have(image)
        self.state.update(uid=str(uuid.uuid4()), image=image, attempt=0)
        os.makedirs(os.path.join(self.logs(), self.pod.container))
        self.project()
        self.state['config'] = self.pod.sandbox_config(
            self.state['uid'], self.logs(), os.environ['IPMASQ_CGROUP'])
        self.state['sandbox'] = self.runtime.call(
            'RunPodSandbox', config=self.state['config'])['pod_sandbox_id']
        self.start_container()

    def start_container(self):
        self.state['container'] = self.runtime.call(
            'CreateContainer', pod_sandbox_id=self.state['sandbox'],
            config=self.pod.container_config(self.state['image'], self.state['attempt'],
                                             self.mounts()),
            sandbox_config=self.state['config'])['container_id']
        self.save()
        self.runtime.call('StartContainer', container_id=self.state['container'])

    def start_next(self):
        self.state['attempt'] += 1
        self.start_container()

    def stop_container(self):
        self.runtime.call('StopContainer', container_id=self.state['container'],
                          timeout=self.pod.grace)

    def status(self):
        return self.runtime.call('ContainerStatus', container_id=self.state['container'],
                                 verbose=True)

    def exited(self):
        status = self.status()['status']
        return status if status['state'] == cri.EXITED else None

    def end(self):
        self.stop_container()
        for method in ('StopPodSandbox', 'RemovePodSandbox'):
            self.runtime.call(method, pod_sandbox_id=self.state['sandbox'])
        shutil.rmtree(self.directory())

    # Probes

    @staticmethod
    def ask(probe):
        """The status and the body, or why there are none."""
        connection = http.client.HTTPConnection(probe.host, probe.port, timeout=probe.timeout)
        try:
            connection.request('GET', probe.path, headers={'User-Agent': 'kube-probe/1.33'})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except OSError as error:
            return 0, f'{error}\n'
        finally:
            connection.close()

    def succeeds(self, probe):
        return 200 <= self.ask(probe)[0] < 400

    # Commands

    def do_apply(self, overlay):
        objects = build(overlay)
        self.state['daemonset'] = the(objects, 'DaemonSet')
        for one in objects:
            if one['kind'] == 'ConfigMap':
                self.state['configmaps'][one['metadata']['name']] = one['data']
        self.pod = Pod(self.state['daemonset'])
        self.start(self.pod.image)

    def do_configmap(self, path):
        with open(path, encoding='utf-8') as file:
            one = yaml.safe_load(file)
        self.state['configmaps'][one['metadata']['name']] = one['data']
        self.project()

    def do_no_configmap(self):
        self.state['configmaps'] = {}
        self.project()

    def do_image(self, image):
        self.must_have(image)
        self.end()
        self.start(image)

    def do_ready(self):
        wait_for('the readiness probe', lambda: self.succeeds(self.pod.readiness))

    def do_readiness(self):
        status, said = self.ask(self.pod.readiness)
        print(status, said, end='')
        return not 200 <= status < 400

    def do_liveness(self):
        for _ in range(self.pod.liveness.failures):
            if self.succeeds(self.pod.liveness):
                print('alive')
                return
        self.stop_container()
        self.start_next()
        print('restarted')

    def do_restarted(self):
        print(wait_for('the end of the container', self.exited)['exit_code'])
        self.start_next()

    def do_pid(self):
        print(json.loads(self.status()['info']['info'])['pid'])

    def do_log(self):
        path = os.path.join(self.logs(), self.pod.container, f'{self.state["attempt"]}.log')
        with open(path, encoding='utf-8') as file:
            for line in file:
                # The time, the stream, and whether the line is whole stand before it.
                print(line.split(' ', 3)[3], end='')

    def do_exec(self, *words):
        said = self.runtime.call('ExecSync', container_id=self.state['container'], cmd=words,
                                 timeout=PATIENCE)
        sys.stdout.write(said['stdout'])
        sys.stderr.write(said['stderr'])
        return said['exit_code']

    def do_stop(self):
        self.end()
        self.state = {'configmaps': {}}


def main(socket, top, command, *arguments):
    os.makedirs(top, exist_ok=True)
    kubelet = Kubelet(socket, top)
    try:
        result = getattr(kubelet, 'do_' + command.replace('-', '_'))(*arguments)
    except (Unknown, KeyError) as error:
        sys.exit(f'kubelet: {error}')
    except grpc.RpcError as error:
        sys.exit(f'kubelet: {command}: {error.details()}')
    kubelet.save()
    sys.exit(result or 0)


if __name__ == '__main__':
    main(*sys.argv[1:])
