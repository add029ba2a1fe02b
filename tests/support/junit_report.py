# SPDX-License-Identifier: Apache-2.0
"""Reads JUnit XML, named on the command line, with junitparser, and counts again what it says."""

import sys

from junitparser import Failure, JUnitXml

failed = len(sys.argv) < 2
for name in sys.argv[1:]:
    problems = []
    suites = list(JUnitXml.fromfile(name))
    for suite in suites:
        cases = list(suite)
        failures = sum(any(isinstance(r, Failure) for r in case.result) for case in cases)
        if suite.tests != len(cases) or suite.failures != failures:
            problems.append(f"suite {suite.name} counts {suite.tests} tests and {suite.failures} failures")
        if len({(case.classname, case.name) for case in cases}) != len(cases):
            problems.append(f"suite {suite.name} has two tests of one name")
    if not suites:
        problems.append("has no suite")
    print(f"{name}: {sum(len(list(s)) for s in suites)} tests", *problems)
    failed |= bool(problems)
sys.exit(failed)
