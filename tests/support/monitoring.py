# SPDX-License-Identifier: Apache-2.0
"""What the alerts and the dashboard of examples/kubernetes/monitoring say of metrics, compared with
what an agent exports:

    monitoring.py metrics EXPORTED RULES DASHBOARD   every metric, label and value is exported, and
                                                     every metric is shown or watched
    monitoring.py tests RULES TESTS                  each alert has a test where it fires and one
                                                     where it does not
    monitoring.py runbooks RULES HELP...             the commands in the runbooks have these options;
                                                     HELP: what a tool prints, in a file of its name
    monitoring.py expressions DASHBOARD              the dashboard's expressions, as recording rules
"""
import json
import os
import re
import sys

# Metrics and labels that come with the scraping, and names that the rules make themselves.
SCRAPED = {"up": {"job"}}
TARGET = {"node", "namespace", "pod"}
SELECTOR = re.compile(r"\b(ipmasq_\w+|up)\b(\{[^}]*\})?")
MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')


def exported(path):
    """The metrics in the text format, each with its labels and their values."""
    metrics = {}
    for line in open(path, encoding="utf-8"):
        typed = re.match(r"# TYPE (\w+) ", line)
        if typed:
            metrics.setdefault(typed[1], {})
        sample = re.match(r"(\w+)(?:\{(.*)\})? \S+$", line)
        if sample:
            labels = metrics.setdefault(sample[1], {})
            for name, value in re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', sample[2] or ""):
                labels.setdefault(name, set()).add(value)
    return metrics


def dashboard_expressions(path):
    found = []

    def walk(at, key):
        if isinstance(at, dict):
            for name, value in at.items():
                walk(value, name)
        elif isinstance(at, list):
            for value in at:
                walk(value, key)
        elif key in ("expr", "query") and isinstance(at, str) and "ipmasq_" in at:
            found.append(at)

    walk(json.load(open(path, encoding="utf-8")), None)
    return found


def rule_expressions(path):
    text = open(path, encoding="utf-8").read()
    return re.findall(r"^ +expr: (.*)$", text, re.M)


def check_expression(expression, metrics, problems):
    used = set()
    labels = set(TARGET)
    for name, matchers in SELECTOR.findall(expression):
        if name in SCRAPED:
            known = {label: None for label in SCRAPED[name]}
        elif name in metrics:
            used.add(name)
            known = metrics[name]
        else:
            problems.append(f"no agent exports {name}: {expression}")
            continue
        labels |= set(known)
        for label, operator, value in MATCHER.findall(matchers):
            if label in TARGET:
                continue
            if label not in known:
                problems.append(f"{name} has no label {label}: {expression}")
            elif known[label] is not None:
                wanted = value.split("|") if "~" in operator else [value]
                for missing in set(wanted) - known[label]:
                    problems.append(f'no {name} has {label}="{missing}": {expression}')
    for group in re.findall(r"\b(?:by|on|without|ignoring) \(([^)]*)\)", expression):
        for label in re.split(r",\s*", group):
            if label not in labels:
                problems.append(f"{label} is no label here: {expression}")
    return used


def metrics(exported_file, rules, dashboard):
    known = exported(exported_file)
    problems = []
    used = set()
    expressions = rule_expressions(rules) + dashboard_expressions(dashboard)
    for expression in expressions:
        used |= check_expression(expression, known, problems)
    for text in (rules, dashboard):
        for name in re.findall(r"\bipmasq_\w+", open(text, encoding="utf-8").read()):
            if name not in known:
                problems.append(f"{os.path.basename(text)}: no agent exports {name}")
    for name in sorted(set(known) - used):
        problems.append(f"{name} is neither shown nor watched")
    if len(known) < 25 or len(expressions) < 30:
        problems.append(f"only {len(known)} metrics and {len(expressions)} expressions")
    return problems


def tests(rules, test_file):
    alerts = re.findall(r"^ +- alert: (\w+)$", open(rules, encoding="utf-8").read(), re.M)
    cases = re.findall(r"- expr: (.*)\n +eval_time: .*\n +exp_samples:( \[\])?",
                       open(test_file, encoding="utf-8").read())
    problems = [] if len(alerts) >= 10 and cases else [f"only {len(alerts)} alerts"]
    fires = re.findall(r'labels:(?: >-\n +| )ALERTS\{alertname="(\w+)"',
                       open(test_file, encoding="utf-8").read())
    for alert in alerts:
        if alert not in fires:
            problems.append(f"{alert} fires in no test")
        if not any(empty and re.search(rf"\b{alert}\b", expression) for expression, empty in cases):
            problems.append(f"{alert} stays silent in no test")
    return problems


def runbooks(rules, *helps):
    text = open(rules, encoding="utf-8").read()
    alerts = text.split("- alert: ")[1:]
    options = {os.path.basename(path): set(re.findall(r"(--[a-z][a-z0-9-]*)",
               open(path, encoding="utf-8").read())) for path in helps}
    problems = []
    for alert in alerts:
        name = alert.split("\n", 1)[0]
        runbook = alert.split("runbook: >-", 1)[-1] if "runbook: >-" in alert else ""
        commands = re.findall(r"`([^`]*)`", re.sub(r"\s+", " ", runbook))
        if not any("ipmasq" in command for command in commands):
            problems.append(f"{name}: the runbook has no command of ours")
        for command in commands:
            ours = re.search(r"\b(ipmasq-\w+)(.*)", command)
            if ours and not set(re.findall(r"(--[a-z][a-z0-9-]*)", ours[2])) <= options[ours[1]]:
                problems.append(f"{name}: not an option: {command}")
    return problems


def expressions(dashboard):
    print("groups:\n- name: dashboard\n  rules:")
    for number, expression in enumerate(dashboard_expressions(dashboard)):
        if not expression.startswith("label_values("):
            expression = expression.replace("$__rate_interval", "5m")
            print(f"  - record: dashboard:{number}\n    expr: {json.dumps(expression)}")
    return []


if __name__ == "__main__":
    faults = {"metrics": metrics, "tests": tests, "runbooks": runbooks,
              "expressions": expressions}[sys.argv[1]](*sys.argv[2:])
    print("\n".join(faults), end="\n" if faults else "")
    sys.exit(1 if faults else 0)
