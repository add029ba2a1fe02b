# SPDX-License-Identifier: Apache-2.0
"""The Python package in examples/python. Needs a network namespace of its own, and to be root in it."""

import gc
import ipaddress
import os
import resource
import subprocess
import tempfile
import threading
import unittest

import ipmasq
from ipmasq import _native

BAD = "nonMasqueradeCIDRs: [10.0.0.1/8]\nmasqOutBound: 7\n"
DEFAULTS = {"10.1.2.3": "RETURN", "172.16.0.1": "RETURN", "192.168.1.1": "RETURN",
            "169.254.1.1": "RETURN", "8.8.8.8": "MASQUERADE", "172.32.0.1": "MASQUERADE",
            "2001:db8::1": "MASQUERADE", "fe80::1": "RETURN"}


class Policies(unittest.TestCase):
    def test_the_defaults(self):
        with ipmasq.Policy.load() as policy:
            for address, verdict in DEFAULTS.items():
                self.assertEqual(policy.explain(address).verdict, verdict, address)
            self.assertEqual(policy.chain, "IP-MASQ-AGENT")
            self.assertEqual(policy.findings, ())

    def test_a_decision_has_its_places(self):
        text = "masqueradeCIDRs: [10.9.9.9/32]\nnonMasqueradeCIDRs:\n- 10.0.0.0/8\n"
        with ipmasq.Policy.parse(text, "policy.yaml") as policy:
            decision = policy.explain(ipaddress.ip_address("10.9.9.9"))
        self.assertEqual(decision.entry, ipmasq.Entry(
            "MASQUERADE", "masqueradeCIDRs", "10.9.9.9/32", None,
            ipmasq.Place("policy.yaml", 1, 19, 30)))
        self.assertEqual([entry.origin for entry in decision.overrides],
                         ["nonMasqueradeCIDRs", "masqOutBound"])
        self.assertEqual((decision.overrides[0].place.line, decision.overrides[1].place), (3, None))
        self.assertIn("policy.yaml:1:19", str(decision))

    def test_a_source_counts(self):
        with ipmasq.Policy.of({"nonMasqueradeSrcCIDRs": ["10.244.9.0/24"]}) as policy:
            self.assertEqual(policy.explain("8.8.8.8", "10.244.9.7").verdict, "RETURN")
            self.assertEqual(policy.explain("8.8.8.8", "10.244.8.7").verdict, "MASQUERADE")
            with self.assertRaises(ValueError):
                policy.explain("8.8.8.8", "fd00::1")

    def test_a_rejected_configuration_says_where(self):
        with self.assertRaises(ipmasq.Rejected) as caught:
            ipmasq.Policy.parse(BAD, "bad.yaml")
        findings = caught.exception.findings
        self.assertEqual([(one.code, one.place.line, one.place.column) for one in findings],
                         [("host-bits", 1, 22), ("type", 2, 15)])
        self.assertEqual(findings[0].suggestion, "10.0.0.0/8")
        self.assertTrue(str(caught.exception).startswith("bad.yaml:1:22: error: "))
        self.assertEqual(ipmasq.lint("/dev/null/x")[0].severity, "error")

    def test_files_that_are_missing_or_united(self):
        with self.assertRaises(ipmasq.Rejected) as caught:
            ipmasq.Policy.load("/nonexistent.yaml")
        self.assertEqual(caught.exception.errno, 2)
        with tempfile.TemporaryDirectory() as directory:
            for name, text in (("a", "masqueradeCIDRs: [10.1.0.0/16]\n"),
                               ("b", "masqueradeCIDRs: [10.2.0.0/16]\n")):
                with open(os.path.join(directory, name), "w", encoding="ascii") as file:
                    file.write(text)
            with ipmasq.Policy.load(directory) as policy:
                self.assertEqual(policy.explain("10.2.0.1").verdict, "MASQUERADE")
                self.assertEqual(policy.explain("10.3.0.1").verdict, "RETURN")

    def test_options(self):
        options = ipmasq.Options(profile="cce", chain="MINE", ipv6="off", random_fully="off",
                                 hosts={"registry.example.com": ["192.0.2.7", "192.0.2.9"]})
        with ipmasq.Policy.of({"masqueradeCIDRs": ["registry.example.com"]}, options) as policy:
            self.assertEqual(policy.explain("192.0.2.9").entry.host, "registry.example.com")
            self.assertEqual(policy.explain("192.0.2.8").verdict, "RETURN")
            self.assertEqual(policy.chain, "MINE")
        for wrong in (ipmasq.Options(profile="nobody"), ipmasq.Options(chain="a b"),
                      ipmasq.Options(to_ports="1-0")):
            with self.assertRaises(ipmasq.Rejected):
                ipmasq.Policy.load(options=wrong)
        with self.assertRaises(ValueError):
            ipmasq.Policy.load(options=ipmasq.Options(ipv6="perhaps"))

    def test_lint(self):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write("nonMasqueradeCIDRs: [10.0.0.0/8, 10.1.0.0/16]\n")
            file.flush()
            codes = [finding.code for finding in ipmasq.lint(file.name)]
            self.assertIn("covered-entry", codes)
            with ipmasq.Policy.load(file.name) as policy:
                self.assertEqual(policy.findings, ())

    def test_scripts(self):
        with ipmasq.Policy.of({"nonMasqueradeCIDRs": ["10.0.0.0/8", "fd00::/8"]}) as policy:
            self.assertIn("-A IP-MASQ-AGENT -d 10.0.0.0/8 ", policy.script(4))
            self.assertIn("-A IP-MASQ-AGENT -d fd00::/8 ", policy.script(6))
            self.assertIn("table ip ipmasq", policy.script(4, nftables=True))
            with self.assertRaises(ipmasq.Error):
                policy.script(5)
        with ipmasq.Policy.load(options=ipmasq.Options(profile="cilium")) as policy:
            with self.assertRaises(ipmasq.Error):
                policy.script(4)

    def test_entries_and_partitions(self):
        with ipmasq.Policy.load() as policy, policy.partition(4) as partition:
            self.assertEqual(policy.entries(4)[-1].origin, "masqOutBound")
            ranges = list(partition)
            self.assertEqual(len(ranges), len(partition))
            self.assertEqual((str(ranges[0][0]), str(ranges[-1][1])),
                             ("0.0.0.0", "255.255.255.255"))
            for address, verdict in DEFAULTS.items():
                if ":" not in address:
                    self.assertEqual(partition.masquerades(address), verdict == "MASQUERADE")
            with self.assertRaises(ValueError):
                partition.masquerades("fd00::1")

    def test_differences(self):
        with ipmasq.Policy.load() as old, \
                ipmasq.Policy.of({"nonMasqueradeCIDRs": ["10.0.0.0/8", "172.16.0.0/12"]}) as new:
            found = ipmasq.diff(old, new)
            self.assertEqual([(one.cidr, one.to, one.sources) for one in found],
                             [("192.168.0.0/16", "MASQUERADE", False)])
            self.assertEqual(found[0].before.cidr, "192.168.0.0/16")
            self.assertEqual(ipmasq.diff(old, old), ())


class Memory(unittest.TestCase):
    def test_what_is_closed_is_not_used(self):
        policy = ipmasq.Policy.load()
        partition = policy.partition(4)
        policy.close()
        policy.close()
        for use in (lambda: policy.explain("10.0.0.1"), lambda: partition.masquerades("10.0.0.1"),
                    lambda: ipmasq.diff(policy, policy)):
            with self.assertRaises(ValueError):
                use()

    def test_what_is_forgotten_is_freed(self):
        freed = []
        call = _native.call

        def counted(name, *arguments):
            freed.append(name)
            return call(name, *arguments)

        _native.call = counted
        try:
            partition = ipmasq.Policy.load().partition(4)
            gc.collect()
            # The partition keeps its policy.
            self.assertNotIn("policy_free", freed)
            self.assertFalse(partition.masquerades("10.0.0.1"))
            del partition
            gc.collect()
            self.assertIn("policy_free", freed)
            self.assertIn("partition_free", freed)
        finally:
            _native.call = call

    def test_memory_does_not_grow(self):
        def once():
            with ipmasq.Policy.parse("nonMasqueradeCIDRs: [10.0.0.0/8]\n") as policy:
                policy.explain("10.0.0.1")
                policy.script(4)
                ipmasq.diff(policy, policy)
            try:
                ipmasq.Policy.parse(BAD * 50)
            except ipmasq.Rejected:
                pass

        for _ in range(50):
            once()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _ in range(600):
            once()
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        self.assertLess(after - before, 4096)

    def test_threads_share_a_policy(self):
        wrong = []

        def ask(policy):
            for _ in range(50):
                for address, verdict in DEFAULTS.items():
                    if policy.explain(address).verdict != verdict:
                        wrong.append(address)

        with ipmasq.Policy.load() as policy:
            threads = [threading.Thread(target=ask, args=(policy,)) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertEqual(wrong, [])


class Nodes(unittest.TestCase):
    def test_a_node_is_brought_in_line(self):
        with ipmasq.Policy.load() as policy, ipmasq.Node(backend="nftables") as node:
            self.assertEqual(node.check(policy).ipv4.state, "drift")
            report = node.apply(policy)
            self.assertEqual((report.ipv4.state, report.ipv4.backend), ("changed", "nftables"))
            self.assertTrue(report.in_line)
            self.assertTrue(any("IP-MASQ-AGENT" in line for line in report.ipv4.lines))
            self.assertEqual(node.check(policy).ipv6.state, "in line")
            self.assertEqual(node.remove(policy.chain).ipv4.state, "changed")
            self.assertFalse(node.check(policy).in_line)

    def test_a_node_that_is_not_there(self):
        with self.assertRaises(ipmasq.Rejected) as caught:
            ipmasq.Node(netns="nowhere")
        self.assertEqual(caught.exception.errno, 2)
        with self.assertRaises(ValueError):
            ipmasq.Node(backend="none")

    def test_a_failure_has_a_report(self):
        lock = "/run/xtables.lock"
        with open(lock, "w", encoding="ascii") as file, ipmasq.Policy.load() as policy, \
                ipmasq.Node(backend="legacy", wait=1) as node:
            subprocess.run(["flock", str(file.fileno())], pass_fds=[file.fileno()], check=True)
            with self.assertRaises(ipmasq.Rejected) as caught:
                node.apply(policy)
        self.assertEqual(caught.exception.errno, 16)
        self.assertEqual(caught.exception.report.ipv4.state, "failed")
        self.assertIn("lock", caught.exception.report.ipv4.error.message)


if __name__ == "__main__":
    unittest.main()
