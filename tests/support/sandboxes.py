#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Pods that only are there, made and ended by a runtime as a kubelet would.

    sandboxes.py SOCKET ready       waits until the runtime and its network are
    sandboxes.py SOCKET run NAME...
                    starts them all at once, and prints of each: NAME, its id, the process in it, the
                    path of its network namespace, and its addresses, separated by blanks
    sandboxes.py SOCKET stop ID...  stops them all at once
    sandboxes.py SOCKET remove ID...
                    stops them all at once, and removes them
    sandboxes.py SOCKET network TEXT
                    waits until the runtime has read a configuration of the network with that text
    sandboxes.py SOCKET list        prints the id of each that there is, and `ready' or `stopped'

Needs python3-grpcio.
"""
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import grpc

import cri


def describe(runtime, name, sandbox):
    answer = runtime.call('PodSandboxStatus', pod_sandbox_id=sandbox, verbose=True)
    info = json.loads(answer['info']['info'])
    netns = [one['path'] for one in info['runtimeSpec']['linux']['namespaces']
             if one['type'] == 'network']
    network = answer['status']['network']
    addresses = [network['ip']] + [one['ip'] for one in network['additional_ips']]
    return ' '.join([name, sandbox, str(info['pid'])] + netns + addresses)


def run(runtime, name):
    config = {
        'metadata': {'name': name, 'uid': 'uid-' + name, 'namespace': 'default'},
        'log_directory': os.environ['TMPDIR'],
        'linux': {'cgroup_parent': os.environ['IPMASQ_CGROUP']},
    }
    sandbox = runtime.call('RunPodSandbox', config=config)['pod_sandbox_id']
    return describe(runtime, name, sandbox)


def stop(runtime, sandbox):
    runtime.call('StopPodSandbox', pod_sandbox_id=sandbox)


def remove(runtime, sandbox):
    stop(runtime, sandbox)
    runtime.call('RemovePodSandbox', pod_sandbox_id=sandbox)


def listed(runtime):
    for one in runtime.call('ListPodSandbox')['items']:
        yield f'{one["id"]} {"ready" if one["state"] == cri.SANDBOX_READY else "stopped"}'


def wait_for(what, function):
    end = time.monotonic() + 90
    while not function():
        if time.monotonic() > end:
            sys.exit(f'sandboxes: {what} took too long')
        time.sleep(0.05)


def main(socket, command, *arguments):
    runtime = cri.Runtime(socket)
    try:
        if command == 'ready':
            wait_for('the runtime', runtime.ready)
        elif command == 'network':
            wait_for('the network', lambda: arguments[0] in runtime.network())
        elif command == 'list':
            for line in listed(runtime):
                print(line)
        else:
            function = {'run': run, 'stop': stop, 'remove': remove}[command]
            with ThreadPoolExecutor(len(arguments)) as pool:
                for line in pool.map(lambda one: function(runtime, one), arguments):
                    if line:
                        print(line)
    except grpc.RpcError as error:
        sys.exit(f'sandboxes: {command}: {error.details()}')


if __name__ == '__main__':
    main(*sys.argv[1:])
