// SPDX-License-Identifier: Apache-2.0

package ipmasq

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
)

const bad = "nonMasqueradeCIDRs: [10.0.0.1/8]\nmasqOutBound: 7\n"

var defaults = map[string]Verdict{
	"10.1.2.3": Return, "172.16.0.1": Return, "192.168.1.1": Return, "169.254.1.1": Return,
	"8.8.8.8": Masquerade, "172.32.0.1": Masquerade, "2001:db8::1": Masquerade, "fe80::1": Return,
	"::ffff:10.1.2.3": Return,
}

func parse(t *testing.T, options *Options, text string) *Policy {
	t.Helper()
	policy, err := Parse(options, "policy.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { policy.Close() })
	return policy
}

func explain(t *testing.T, policy *Policy, address, source string) *Decision {
	t.Helper()
	from := netip.Addr{}
	if source != "" {
		from = netip.MustParseAddr(source)
	}
	decision, err := policy.Explain(netip.MustParseAddr(address), from)
	if err != nil {
		t.Fatal(err)
	}
	return decision
}

func wants(t *testing.T, err error, errno syscall.Errno) *Error {
	t.Helper()
	var failed *Error
	if !errors.As(err, &failed) || !errors.Is(err, errno) {
		t.Fatalf("got %v, not %v", err, errno)
	}
	return failed
}

func TestDefaults(t *testing.T) {
	policy, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer policy.Close()
	for address, verdict := range defaults {
		if got := explain(t, policy, address, "").Entry.Verdict; got != verdict {
			t.Errorf("%s: %v, not %v", address, got, verdict)
		}
	}
	if policy.Chain() != "IP-MASQ-AGENT" || len(policy.Findings()) != 0 || Version() == "" {
		t.Errorf("chain %s, findings %v", policy.Chain(), policy.Findings())
	}
}

func TestPlaces(t *testing.T) {
	policy := parse(t, nil, "masqueradeCIDRs: [10.9.9.9/32]\nnonMasqueradeCIDRs:\n- 10.0.0.0/8\n")
	decision := explain(t, policy, "10.9.9.9", "")
	wanted := Entry{Masquerade, "masqueradeCIDRs", "10.9.9.9/32", "", Place{"policy.yaml", 1, 19, 30}}
	if decision.Entry != wanted {
		t.Errorf("%+v", decision.Entry)
	}
	if len(decision.Overrides) != 2 || decision.Overrides[0].Place.Line != 3 ||
		decision.Overrides[1].Place != (Place{}) {
		t.Errorf("%+v", decision.Overrides)
	}
	if !strings.Contains(decision.String(), "policy.yaml:1:19") {
		t.Error(decision)
	}
}

func TestSource(t *testing.T) {
	policy := parse(t, nil, "nonMasqueradeSrcCIDRs: [10.244.9.0/24]\n")
	if explain(t, policy, "8.8.8.8", "10.244.9.7").Entry.Verdict != Return ||
		explain(t, policy, "8.8.8.8", "10.244.8.7").Entry.Verdict != Masquerade {
		t.Error("the source does not count")
	}
	_, err := policy.Explain(netip.MustParseAddr("8.8.8.8"), netip.MustParseAddr("fd00::1"))
	wants(t, err, syscall.EINVAL)
	_, err = policy.Explain(netip.Addr{}, netip.Addr{})
	wants(t, err, syscall.EINVAL)
}

func TestRejected(t *testing.T) {
	_, err := Parse(nil, "bad.yaml", []byte(bad))
	failed := wants(t, err, syscall.EINVAL)
	if len(failed.Findings) != 2 || failed.Findings[0].Code != "host-bits" ||
		failed.Findings[0].Suggestion != "10.0.0.0/8" ||
		failed.Findings[1].Place != (Place{"bad.yaml", 2, 15, 16}) {
		t.Errorf("%+v", failed.Findings)
	}
	if !strings.HasPrefix(err.Error(), "bad.yaml:1:22: error: ") {
		t.Error(err)
	}
	_, err = Load(nil, filepath.Join(t.TempDir(), "missing.yaml"))
	wants(t, err, syscall.ENOENT)
	findings, err := Lint(nil, "bad.yaml", []byte(bad))
	if err != nil || len(findings) != 2 {
		t.Error(findings, err)
	}
}

func TestLint(t *testing.T) {
	findings, err := Lint(nil, "policy.yaml", []byte("nonMasqueradeCIDRs: [10.0.0.0/8, 10.1.0.0/16]\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, finding := range findings {
		if finding.Code == "covered-entry" && finding.Place.Column == 34 {
			return
		}
	}
	t.Error(findings)
}

func TestOptions(t *testing.T) {
	options := &Options{Profile: "cce", Chain: "MINE", IPv6: Off, RandomFully: Off,
		Hosts: map[string][]netip.Addr{"registry.example.com": {netip.MustParseAddr("192.0.2.9")}}}
	policy := parse(t, options, "masqueradeCIDRs: [registry.example.com]\n")
	if got := explain(t, policy, "192.0.2.9", "").Entry; got.Host != "registry.example.com" {
		t.Errorf("%+v", got)
	}
	if explain(t, policy, "192.0.2.8", "").Entry.Verdict != Return || policy.Chain() != "MINE" {
		t.Error("the profile or the chain does not count")
	}
	for _, wrong := range []Options{{Profile: "nobody"}, {Chain: "a b"}, {ToPorts: "1-0"}, {IPv6: 9}} {
		_, err := Load(&wrong)
		wants(t, err, syscall.EINVAL)
	}
}

func TestScript(t *testing.T) {
	policy := parse(t, nil, "nonMasqueradeCIDRs: [10.0.0.0/8, fd00::/8]\n")
	for _, row := range []struct {
		family Family
		flags  uint
		has    string
	}{
		{IPv4, 0, "-A IP-MASQ-AGENT -d 10.0.0.0/8 "},
		{IPv6, 0, "-A IP-MASQ-AGENT -d fd00::/8 "},
		{IPv4, NFTables, "table ip ipmasq"},
	} {
		script, err := policy.Script(row.family, row.flags)
		if err != nil || !strings.Contains(script, row.has) {
			t.Error(row, script, err)
		}
	}
	_, err := policy.Script(5, 0)
	wants(t, err, syscall.EINVAL)
	_, err = parse(t, &Options{Profile: "cilium"}, "").Script(IPv4, 0)
	wants(t, err, syscall.EOPNOTSUPP)
}

func TestPartition(t *testing.T) {
	policy := parse(t, nil, "")
	partition, err := policy.Partition(IPv4)
	if err != nil {
		t.Fatal(err)
	}
	defer partition.Close()
	if partition.Len() < 5 {
		t.Error(partition.Len())
	}
	for address, verdict := range defaults {
		entry, err := partition.Lookup(netip.MustParseAddr(address))
		if netip.MustParseAddr(address).Unmap().Is6() {
			wants(t, err, syscall.EINVAL)
		} else if err != nil || entry.Verdict != verdict {
			t.Error(address, entry, err)
		}
	}
}

func TestDiff(t *testing.T) {
	old, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	found, err := Diff(old, parse(t, nil, "nonMasqueradeCIDRs: [10.0.0.0/8, 172.16.0.0/12]\n"))
	if err != nil || len(found) != 1 || found[0].CIDR != "192.168.0.0/16" ||
		found[0].To != Masquerade || found[0].Sources ||
		found[0].Last != netip.MustParseAddr("192.168.255.255") ||
		found[0].Before.CIDR != "192.168.0.0/16" || found[0].After.Origin != "masqOutBound" {
		t.Errorf("%+v %v", found, err)
	}
	if found, err = Diff(old, old); err != nil || len(found) != 0 {
		t.Error(found, err)
	}
}

func TestClosed(t *testing.T) {
	policy := parse(t, nil, "")
	partition, err := policy.Partition(IPv4)
	if err != nil {
		t.Fatal(err)
	}
	partition.Close()
	partition.Close()
	policy.Close()
	policy.Close()
	address := netip.MustParseAddr("10.0.0.1")
	_, err = policy.Explain(address, netip.Addr{})
	wants(t, err, syscall.EBADF)
	_, err = policy.Script(IPv4, 0)
	wants(t, err, syscall.EBADF)
	_, err = Diff(policy, policy)
	wants(t, err, syscall.EBADF)
	_, err = partition.Lookup(address)
	wants(t, err, syscall.EBADF)
	if policy.Chain() != "" {
		t.Error(policy.Chain())
	}
}

// The memory of the process, in KiB.
func memory() int64 {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return usage.Maxrss
}

func TestMemory(t *testing.T) {
	once := func(text string, closes bool) {
		policy, err := Parse(nil, "policy.yaml", []byte(text))
		if err != nil {
			return
		}
		policy.Explain(netip.MustParseAddr("10.0.0.1"), netip.Addr{})
		policy.Script(IPv4, 0)
		Diff(policy, policy)
		// Else the collector closes it.
		if closes {
			policy.Close()
		}
	}
	round := func(times int) {
		for i := 0; i < times; i++ {
			once("nonMasqueradeCIDRs: [10.0.0.0/8]\n", i%2 == 0)
			once(strings.Repeat(bad, 50), true)
			if i%50 == 0 {
				runtime.GC()
			}
		}
	}
	round(200)
	before := memory()
	round(2000)
	if grown := memory() - before; grown > 8192 {
		t.Errorf("it grew by %d KiB", grown)
	}
}

func TestGoroutines(t *testing.T) {
	var group sync.WaitGroup
	policy := parse(t, nil, "")
	for i := 0; i < 4; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for k := 0; k < 100; k++ {
				for address, verdict := range defaults {
					decision, err := policy.Explain(netip.MustParseAddr(address), netip.Addr{})
					if err != nil || decision.Entry.Verdict != verdict {
						t.Error(address, decision, err)
					}
				}
			}
		}()
	}
	group.Wait()
}

// Needs a network namespace of its own.
func TestNode(t *testing.T) {
	policy := parse(t, nil, "")
	node, err := NewNode("", BackendNFTables)
	if err != nil {
		t.Fatal(err)
	}
	defer node.Close()
	act := func(wanted State, call func(*Policy) (*Report, error)) *Report {
		t.Helper()
		report, err := call(policy)
		if err != nil || report.IPv4.State != wanted || report.IPv6.State != wanted {
			t.Fatalf("%+v %v", report, err)
		}
		return report
	}
	act(Drift, node.Check)
	report := act(Changed, node.Apply)
	if report.IPv4.Backend != BackendNFTables || len(report.IPv4.Lines) == 0 {
		t.Errorf("%+v", report)
	}
	act(InLine, node.Check)
	act(Changed, func(*Policy) (*Report, error) { return node.Remove(policy.Chain()) })
	act(Drift, node.Check)
}

func TestNodeFails(t *testing.T) {
	_, err := NewNode("nowhere", BackendAuto)
	wants(t, err, syscall.ENOENT)
	_, err = NewNode("", 99)
	wants(t, err, syscall.EINVAL)

	node, err := NewNode("", BackendLegacy)
	if err != nil {
		t.Fatal(err)
	}
	if err := node.SetWait(1); err != nil {
		t.Fatal(err)
	}
	lock, err := os.OpenFile("/run/xtables.lock", os.O_RDWR|os.O_CREATE, 0600)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	report, err := node.Apply(parse(t, nil, ""))
	wants(t, err, syscall.EBUSY)
	wants(t, report.IPv4.Err, syscall.EBUSY)
	if report.IPv4.State != Failed || !strings.Contains(report.IPv4.Err.Error(), "lock") {
		t.Errorf("%+v", report)
	}
	node.Close()
	_, err = node.Remove("X")
	wants(t, err, syscall.EBADF)
}

func TestStrings(t *testing.T) {
	got := []string{Return.String(), Masquerade.String(), Problem.String(), BackendNFT.String(),
		Overridden.String(), Place{}.String(), Place{File: "f"}.String(),
		Place{"f", 1, 2, 3}.String()}
	wanted := []string{"RETURN", "MASQUERADE", "error", "nft", "overridden", "built in", "f", "f:1:2"}
	if !reflect.DeepEqual(got, wanted) {
		t.Error(got)
	}
}
