#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A week of ipmasq-apply --watch in short: wake-ups, changes of the configuration and repairs, in
random order, with faults in between. Each step waits until the agent has done its work, as its
metrics tell, and what the agent uses is compared between the beginning and the end.

    week.py SEED WAKE-UPS CHANGES REPAIRS DIRECTORY VARIANT AGENT...

Wake-ups are not waited for: SIGHUP makes the agent read the configuration and look at the node at
once, as the timer does once per interval. Prints a table; exits with 1 if something is not flat.
"""
import fcntl
import os
import random
import signal
import subprocess
import sys
import time

TICK = os.sysconf("SC_CLK_TCK")
# So long a step may take, in seconds; and after so long the agent is woken again, since after a
# fault it waits before it tries again.
LIMIT = 60
AGAIN = 0.3
# How many steps there are between two faults, on average.
PEACE = 25
# What the memory may grow by, in KiB.
GROWTH = 1024


class Agent:
    def __init__(self, directory, command):
        self.config = os.path.join(directory, "config")
        self.metrics = os.path.join(directory, "m.prom")
        self.log = open(os.path.join(directory, "log"), "wb")
        self.process = subprocess.Popen(
            command + ["--watch", "-c", self.config, "--metrics-file=" + self.metrics],
            stderr=subprocess.PIPE)
        fcntl.fcntl(self.process.stderr, fcntl.F_SETFL, os.O_NONBLOCK)
        self.log_size = 0

    def read_log(self):
        """Keeps the end of the log. Where nobody calls this, the pipe fills."""
        while True:
            part = self.process.stderr.read(1 << 16)
            if not part:
                return
            if self.log_size > 1 << 20:
                self.log.seek(0)
                self.log.truncate()
                self.log_size = 0
            self.log.write(part)
            self.log.flush()
            self.log_size += len(part)

    def wake(self):
        self.process.send_signal(signal.SIGHUP)

    def values(self):
        """The metrics by name, or none where there is no file yet."""
        try:
            with open(self.metrics, encoding="utf-8") as file:
                return {name: float(value) for name, value in
                        (line.rsplit(" ", 1) for line in file if line[0] != "#")}
        except FileNotFoundError:
            return {}

    def cpu(self):
        """Seconds of the agent and of the programs that it ran."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return sum(int(field) for field in fields[11:15]) / TICK

    def uses(self):
        """Memory in KiB, open files, threads and processes. The agent may be at work: what it needs
        for that is open for a moment."""
        pid = self.process.pid
        files = processes = None
        for _ in range(50):
            count = len(os.listdir(f"/proc/{pid}/fd"))
            files = count if files is None else min(files, count)
            count = sum(name.isdigit() for name in os.listdir("/proc"))
            processes = count if processes is None else min(processes, count)
            time.sleep(0.01)
        with open(f"/proc/{pid}/status", encoding="utf-8") as file:
            status = dict(line.split(":", 1) for line in file)
        return {"memory": int(status["VmRSS"].split()[0]), "files": files,
                "threads": int(status["Threads"]), "processes": processes}


class Week:
    def __init__(self, seed, directory, variant, command):
        self.random = random.Random(seed)
        self.directory = directory
        self.variant = variant
        self.texts = [self.policy(index) for index in range(12)]
        self.current = 0
        self.put(self.texts[0])
        self.stalled = 0
        self.undo = []
        self.faults = 0
        self.agent = Agent(directory, command)
        self.settle(lambda old, new: new.get(family("ipmasq_in_line", 4)) == 1
                    and new.get(family("ipmasq_in_line", 6)) == 1)

    def policy(self, index):
        """A configuration of few or many entries: both layouts. Both families differ from those of
        the others."""
        count = self.random.choice([1, 3, 8, 20, 60])
        ranges = [f'"10.{index}.{i}.0/24", "fd00:{index}:{i}::/48"' for i in range(count)]
        return f'{{"nonMasqueradeCIDRs": [{", ".join(ranges)}], "resyncInterval": "1h"}}\n'

    def put(self, text):
        path = os.path.join(self.directory, "config")
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(text)
        os.rename(path + ".new", path)

    def run(self, *words):
        return subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              check=False).returncode

    def tables(self, *words):
        return self.run("iptables-" + self.variant, "-w", "5", "-t", "nat", *words)

    def settle(self, done):
        """Waits until the metrics of before and of now are as they should."""
        old = getattr(self, "seen", {})
        began = woken = time.monotonic()
        while True:
            if self.stalled == 0:
                self.agent.read_log()
            new = self.agent.values()
            if done(old, new):
                self.seen = new
                return
            now = time.monotonic()
            if self.agent.process.poll() is not None:
                raise SystemExit("the agent ended")
            if now - began > LIMIT:
                raise SystemExit(f"the agent does not do its work within {LIMIT} s")
            if now - woken > AGAIN:
                self.agent.wake()
                woken = now
            time.sleep(0.001)

    # Steps

    def wake_up(self):
        self.agent.wake()
        self.settle(lambda old, new: grown(old, new, "ipmasq_looks_total"))

    def change(self):
        self.current = (self.current + self.random.randrange(1, 12)) % 12
        self.put(self.texts[self.current])
        self.settle(lambda old, new: grown(old, new, "ipmasq_writes_total") and in_line(new))

    def repair(self):
        chain = "IP-MASQ-AGENT"
        while self.random.choice([
                lambda: self.tables("-F", chain),
                lambda: self.tables("-F", "POSTROUTING"),
                lambda: self.tables("-D", chain, "1"),
                lambda: self.tables("-I", chain, "-d", "192.0.2.1", "-j", "RETURN"),
                lambda: self.tables("-A", "POSTROUTING", "-j", chain)])() != 0:
            pass
        self.agent.wake()
        self.settle(lambda old, new: new[family("ipmasq_writes_total", 4)] >
                    old[family("ipmasq_writes_total", 4)] and in_line(new))

    # Faults, which end by themselves or with the next

    def kill_program(self):
        """Kills a program, or the reader of the kernel, that the agent runs."""
        self.tables("-F", "IP-MASQ-AGENT")
        self.agent.wake()
        pid = self.agent.process.pid
        for _ in range(2000):
            with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
                children = file.read().split()
            if children:
                try:
                    os.kill(int(children[0]), signal.SIGKILL)
                except ProcessLookupError:
                    pass
                return

    def hold_lock(self):
        lock = subprocess.Popen(["flock", "/run/xtables.lock", "sleep", "0.2"])
        self.undo.append(lock.wait)

    def bad_configuration(self):
        rejected = 'ipmasq_config_loads_total{result="rejected"}'
        self.put('{"nonMasqueradeCIDRs": ["10.0.0.1/8"]}')
        self.settle(lambda old, new: new[rejected] > old.get(rejected, 0))
        self.put(self.texts[self.current])

    def no_configuration(self):
        os.unlink(self.agent.config)
        self.agent.wake()
        time.sleep(0.02)
        self.put(self.texts[self.current])

    def flush_everything(self):
        self.run("nft", "flush", "ruleset")

    def rules_of_others(self):
        for index in range(50):
            name = f"OTHER-{self.random.randrange(10000)}-{index}"
            self.tables("-N", name)
            self.undo.append(lambda name=name: self.tables("-X", name))

    def native_rule(self):
        self.run("nft", "add", "chain", "ip", "nat", "NATIVE")
        self.run("nft", "add", "rule", "ip", "nat", "NATIVE", "ip", "daddr",
                 "{ 198.51.100.1, 198.51.100.2 }", "return")
        self.undo.append(lambda: self.run(
            "nft", "flush chain ip nat NATIVE; delete chain ip nat NATIVE"))

    def stall_log(self):
        """Nobody reads the log for some steps."""
        self.stalled = 200

    def bad_metrics(self):
        """Something is in the way of the metrics."""
        path = self.agent.metrics + ".tmp"
        try:
            os.mkfifo(path)
        except FileExistsError:
            return
        self.undo.append(lambda: os.path.exists(path) and os.unlink(path))

    def fault(self):
        self.recover()
        self.random.choice([
            self.kill_program, self.kill_program, self.hold_lock, self.bad_configuration,
            self.no_configuration, self.flush_everything, self.rules_of_others,
            self.native_rule, self.stall_log, self.bad_metrics])()
        self.faults += 1
        # Whatever it was, the agent copes with it.
        if self.random.random() < 0.5:
            self.recover()

    def recover(self):
        for undo in self.undo:
            undo()
        self.undo = []
        self.agent.wake()
        self.settle(lambda old, new: grown(old, new, "ipmasq_looks_total") and in_line(new)
                    and new["ipmasq_config_accepted"] == 1)

    def run_steps(self, counts):
        steps = {"wake-ups": self.wake_up, "changes": self.change, "repairs": self.repair}
        plan = [kind for kind, count in counts.items() for _ in range(count)]
        used = dict.fromkeys(steps, 0.0)
        self.random.shuffle(plan)
        first = None
        for index, kind in enumerate(plan):
            if self.random.randrange(PEACE) == 0:
                self.fault()
                self.recover()
            before = self.agent.cpu()
            steps[kind]()
            used[kind] += self.agent.cpu() - before
            self.stalled = max(0, self.stalled - 1)
            # The longest configuration and every fault have been there by then.
            if index == max(len(plan) // 10, min(200, len(plan) // 2)):
                self.recover()
                first = self.agent.uses()
        self.stalled = 0
        self.recover()
        return first, self.agent.uses(), used


def family(name, number):
    return f'{name}{{family="ipv{number}"}}'


def grown(old, new, name):
    return all(new.get(family(name, number), 0) > old.get(family(name, number), 0)
               for number in (4, 6))


def in_line(new):
    return all(new.get(family("ipmasq_in_line", number)) == 1 for number in (4, 6))


def main():
    seed, wake_ups, changes, repairs = map(int, sys.argv[1:5])
    counts = {"wake-ups": wake_ups, "changes": changes, "repairs": repairs}
    week = Week(seed, sys.argv[5], sys.argv[6], sys.argv[7:])
    began = time.monotonic()
    first, last, used = week.run_steps(counts)
    print(f"# {time.monotonic() - began:.0f} s, {week.faults} faults")
    for kind, count in counts.items():
        print(f"# {count} {kind}: {used[kind] / max(count, 1) * 1000:.2f} ms of a processor each")
    for what, value in first.items():
        print(f"# {what}: {value}, then {last[what]}")
    week.agent.process.send_signal(signal.SIGTERM)
    ended = week.agent.process.wait(30)
    flat = (last["memory"] <= first["memory"] + GROWTH
            and all(last[what] <= first[what] for what in ("files", "threads", "processes")))
    if ended != 0:
        print(f"the agent ended with {ended}")
    if not flat:
        print("something is not flat")
    return 0 if ended == 0 and flat else 1


if __name__ == "__main__":
    sys.exit(main())
