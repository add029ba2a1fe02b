#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What kustomize builds of a directory of examples/kubernetes, for tests that run its objects.

build(DIRECTORY) yields the objects. Resources and JSON patches are all that is used there; anything
else is an error.

    kustomize.py DIRECTORY      prints the image of its DaemonSet

Needs python3-yaml.
"""
import copy
import os
import sys

import yaml


class Unknown(Exception):
    """Something that this file, or its user, does not understand, and so must not pass over."""


def operate(target, operation):
    """One operation of RFC 6902. What is replaced or removed must be there."""
    *steps, last = operation['path'].split('/')[1:]
    for step in steps:
        target = target[int(step)] if isinstance(target, list) else target[step]
    if isinstance(target, list):
        last = len(target) if last == '-' else int(last)
    kind = operation['op']
    if kind == 'add' and isinstance(target, list):
        target.insert(last, copy.deepcopy(operation['value']))
    elif kind == 'add':
        target[last] = copy.deepcopy(operation['value'])
    elif kind == 'replace':
        target[last]  # It must be there.
        target[last] = copy.deepcopy(operation['value'])
    elif kind == 'remove':
        del target[last]
    else:
        raise Unknown(f'the operation {kind} of a patch')


def build(directory):
    with open(os.path.join(directory, 'kustomization.yaml'), encoding='utf-8') as file:
        wanted = yaml.safe_load(file)
    more = set(wanted) - {'apiVersion', 'kind', 'resources', 'patches'}
    if more:
        raise Unknown(f'{directory}: {sorted(more)} of a kustomization')
    objects = []
    for name in wanted['resources']:
        path = os.path.join(directory, name)
        if os.path.isdir(path):
            objects += build(path)
            continue
        with open(path, encoding='utf-8') as file:
            objects += [one for one in yaml.safe_load_all(file) if one]
    for patch in wanted.get('patches', []):
        target = patch['target']
        hit = [one for one in objects if one['kind'] == target['kind']
               and one['metadata']['name'] == target['name']]
        if len(hit) != 1:
            raise Unknown(f'{directory}: {len(hit)} objects are the target of a patch')
        for operation in yaml.safe_load(patch['patch']):
            operate(hit[0], operation)
    return objects


def the(objects, kind):
    """The only object of that kind."""
    hit = [one for one in objects if one['kind'] == kind]
    if len(hit) != 1:
        raise Unknown(f'{len(hit)} objects of the kind {kind}')
    return hit[0]


if __name__ == '__main__':
    print(the(build(sys.argv[1]), 'DaemonSet')['spec']['template']['spec']['containers'][0]['image'])
