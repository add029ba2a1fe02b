#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the plugins of a network configuration list as a container runtime does: what it gives to
each plugin, in which order, and what it keeps between calls, is as in the CNI specification.

    cni.py OPTION... CONFLIST ADD|CHECK|DEL ID NETNS IFNAME [ARGS]
    cni.py OPTION... CONFLIST GC [ID/IFNAME]...        with the attachments that are still valid
    cni.py OPTION... CONFLIST STATUS
    cni.py OPTION... CONFLIST each JOBS < calls        many calls, one a line: ADD ID NETNS IFNAME...

    --path DIR[:DIR]   where the plugins are
    --cache DIR        where results are kept from ADD to DEL
    --without-cache    CHECK and DEL get no prevResult
    --runtime JSON     for the plugins that have such capabilities

Prints the result of ADD. An error of a plugin is printed as it came, with the type of the plugin on
standard error; then the status is 1. `each` prints a line per call: the status, milliseconds, and the
call, and for one that failed the message; its own status says whether all succeeded.
"""
import argparse
import json
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

NEEDS = {"CHECK": (0, 4, 0), "GC": (1, 1, 0), "STATUS": (1, 1, 0)}


class PluginError(Exception):
    def __init__(self, plugin, output):
        super().__init__(plugin)
        self.plugin = plugin
        self.output = output

    def message(self):
        try:
            error = json.loads(self.output)
            return f"{self.plugin}: {error['code']}: {error['msg']} {error.get('details', '')}"
        except (ValueError, KeyError, TypeError):
            return f"{self.plugin}: no JSON: {self.output!r}"


class Network:
    def __init__(self, options):
        with open(options.conflist, encoding="utf-8") as file:
            self.conf = json.load(file)
        self.options = options
        self.version = tuple(int(part) for part in self.conf["cniVersion"].split("."))

    def find(self, name):
        for folder in self.options.path.split(":"):
            path = os.path.join(folder, name)
            if os.access(path, os.X_OK):
                return path
        raise PluginError(name, f"no such plugin in {self.options.path}")

    def call(self, command, plugin, variables, more):
        """Runs one plugin; returns what it printed."""
        conf = dict(plugin, name=self.conf["name"], cniVersion=self.conf["cniVersion"], **more)
        given = {name: self.options.runtime[name]
                 for name, wanted in plugin.get("capabilities", {}).items()
                 if wanted and name in self.options.runtime}
        if given:
            conf["runtimeConfig"] = given
        environment = dict(os.environ, CNI_COMMAND=command, CNI_PATH=self.options.path)
        for name in ("CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME", "CNI_ARGS"):
            environment.pop(name, None)
        environment.update(variables)
        # As encoding/json of Go writes it: on one line, its keys in order.
        text = json.dumps(conf, sort_keys=True, separators=(",", ":"))
        done = subprocess.run([self.find(plugin["type"])], input=text.encode(), env=environment,
                              stdout=subprocess.PIPE, check=False)
        if done.returncode != 0:
            raise PluginError(plugin["type"], done.stdout.decode())
        return done.stdout.decode()

    def place(self, container, ifname):
        return os.path.join(self.options.cache, f"{self.conf['name']}-{container}-{ifname}")

    def kept(self, container, ifname):
        if self.options.without_cache:
            return {}
        try:
            with open(self.place(container, ifname), encoding="utf-8") as file:
                return {"prevResult": json.load(file)}
        except FileNotFoundError:
            return {}

    def add(self, container, netns, ifname, args=""):
        variables = self.variables(container, netns, ifname, args)
        more = {}
        for plugin in self.conf["plugins"]:
            text = self.call("ADD", plugin, variables, more)
            result = json.loads(text)
            if tuple(int(part) for part in result["cniVersion"].split(".")) != self.version:
                raise PluginError(plugin["type"], f"result of version {result['cniVersion']}")
            more = {"prevResult": result}
        with open(self.place(container, ifname), "w", encoding="utf-8") as file:
            json.dump(result, file)
        return text

    def check(self, container, netns, ifname, args=""):
        more = self.kept(container, ifname)
        for plugin in self.conf["plugins"]:
            self.call("CHECK", plugin, self.variables(container, netns, ifname, args), more)
        return ""

    def delete(self, container, netns, ifname, args=""):
        more = self.kept(container, ifname) if self.version >= (0, 4, 0) else {}
        for plugin in reversed(self.conf["plugins"]):
            self.call("DEL", plugin, self.variables(container, netns, ifname, args), more)
        try:
            os.unlink(self.place(container, ifname))
        except FileNotFoundError:
            pass
        return ""

    def collect(self, *valid):
        pairs = [text.rsplit("/", 1) for text in valid]
        attachments = [{"containerID": pair[0], "ifname": pair[1]} for pair in pairs]
        # Both names: the second one is what some releases of libcni say as well.
        more = {"cni.dev/valid-attachments": attachments, "cni.dev/attachments": attachments}
        first = None
        for plugin in self.conf["plugins"]:
            try:
                self.call("GC", plugin, {}, more)
            except PluginError as error:
                first = first or error
        if first:
            raise first
        return ""

    def status(self):
        for plugin in self.conf["plugins"]:
            self.call("STATUS", plugin, {}, {})
        return ""

    @staticmethod
    def variables(container, netns, ifname, args):
        variables = {"CNI_CONTAINERID": container, "CNI_NETNS": netns, "CNI_IFNAME": ifname}
        if args:
            variables["CNI_ARGS"] = args
        return variables

    def run(self, command, *words):
        if self.version < NEEDS.get(command, (0, 0, 0)):
            raise PluginError("libcni", f"{self.conf['cniVersion']} has no {command}")
        return {"ADD": self.add, "CHECK": self.check, "DEL": self.delete, "GC": self.collect,
                "STATUS": self.status}[command](*words)


def run_each(network, jobs):
    """Calls of one container follow each other, as a runtime must have them; others may meet."""
    calls = [line.split() for line in sys.stdin if line.strip()]
    queues = {}
    for words in calls:
        queues.setdefault(words[1], []).append(words)
    lock = threading.Lock()
    failed = []

    def one(queue):
        for words in queue:
            begun = time.monotonic()
            message = ""
            try:
                network.run(*words)
            except PluginError as error:
                message = error.message()
            took = (time.monotonic() - begun) * 1000
            with lock:
                if message:
                    failed.append(message)
                print(int(bool(message)), f"{took:.1f}", *words, message.replace("\n", " "))

    with ThreadPoolExecutor(max_workers=jobs) as pool:
        for future in [pool.submit(one, queue) for queue in queues.values()]:
            future.result()
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--path", required=True)
    parser.add_argument("--cache", default="/nonexistent")
    parser.add_argument("--without-cache", action="store_true")
    parser.add_argument("--runtime", type=json.loads, default={})
    parser.add_argument("conflist")
    parser.add_argument("command")
    parser.add_argument("words", nargs="*")
    options = parser.parse_args()
    network = Network(options)
    if options.command == "each":
        return run_each(network, int(options.words[0]))
    try:
        print(network.run(options.command, *options.words), end="")
        return 0
    except PluginError as error:
        print(error.output)
        print(error.message(), file=sys.stderr)
        return 1


sys.exit(main())
