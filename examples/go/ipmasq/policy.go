// SPDX-License-Identifier: Apache-2.0

package ipmasq

// #include <stdlib.h>
// #include <ipmasq.h>
import "C"

import (
	"fmt"
	"net/netip"
	"runtime"
	"syscall"
	"unsafe"
)

// Policy is what a configuration means: for every address, the entry that decides.
type Policy struct {
	policy   *C.struct_ipmasq_policy
	findings []Finding
}

// Entry is one that decides.
type Entry struct {
	Verdict Verdict
	// The key of the configuration, "link-local", or "none".
	Origin string
	// Empty for an entry that has none: outbound, none, and outside of podCIDRs.
	CIDR string
	// The host name in the configuration that has this address; empty: none.
	Host  string
	Place Place
}

func (e Entry) String() string {
	in := ""
	if e.CIDR != "" {
		in = e.CIDR + " in "
	}
	return fmt.Sprintf("%v by %s%s (%v)", e.Verdict, in, e.Origin, e.Place)
}

func entryOf(entry *C.struct_ipmasq_entry) Entry {
	var info C.struct_ipmasq_entry_details

	if C.ipmasq_entry_info(entry, &info, C.size_t(unsafe.Sizeof(info))) != 0 {
		return Entry{}
	}
	return Entry{Verdict(info.verdict), C.GoString(C.ipmasq_origin_name(info.origin)),
		C.GoString(&info.cidr[0]), C.GoString(info.host), placeOf(&info.place)}
}

// Load makes a policy of files and directories, which are united; of none, the defaults.
func Load(options *Options, paths ...string) (*Policy, error) {
	return newPolicy(options, func(config *C.struct_ipmasq_config, d *diags) error {
		for _, path := range paths {
			if err := load(config, d, path, nil); err != nil {
				return err
			}
		}
		return nil
	}, false)
}

// Parse makes a policy of YAML or JSON. Findings call it by the name.
func Parse(options *Options, name string, data []byte) (*Policy, error) {
	return newPolicy(options, func(config *C.struct_ipmasq_config, d *diags) error {
		if data == nil {
			data = []byte{}
		}
		return load(config, d, name, data)
	}, false)
}

// Lint returns all that there is to say about a configuration, errors too. Its error is nil unless
// something else failed.
func Lint(options *Options, name string, data []byte) ([]Finding, error) {
	policy, err := newPolicy(options, func(config *C.struct_ipmasq_config, d *diags) error {
		if data == nil {
			data = []byte{}
		}
		return load(config, d, name, data)
	}, true)
	if failed, ok := err.(*Error); ok && len(failed.Findings) > 0 {
		return failed.Findings, nil
	}
	if err != nil {
		return nil, err
	}
	defer policy.Close()
	return policy.Findings(), nil
}

// load reads a file, or data that is not nil.
func load(config *C.struct_ipmasq_config, d *diags, name string, data []byte) error {
	text := C.CString(name)
	defer C.free(unsafe.Pointer(text))
	source := C.struct_ipmasq_source{kind: C.IPMASQ_SOURCE_PATH, name: text}

	if data != nil {
		source.kind = C.IPMASQ_SOURCE_DATA
		source.data = C.CBytes(data)
		source.size = C.size_t(len(data))
		defer C.free(unsafe.Pointer(source.data))
	}
	return d.check(name, C.ipmasq_config_load(config, &source, d.list))
}

func newPolicy(options *Options, fill func(*C.struct_ipmasq_config, *diags) error,
	lint bool) (*Policy, error) {
	d, err := newDiags()
	if err != nil {
		return nil, err
	}
	defer d.free()
	s, err := newSettings(options, d)
	if err != nil {
		return nil, err
	}
	defer s.free()

	var config *C.struct_ipmasq_config
	if err := check("ipmasq_config_new", C.ipmasq_config_new(s.options, &config)); err != nil {
		return nil, err
	}
	defer C.ipmasq_config_free(config)
	if err := fill(config, d); err != nil {
		return nil, err
	}

	p := &Policy{}
	status := C.ipmasq_policy_new(config, s.options, d.list, &p.policy)
	if err := d.check("ipmasq_policy_new", status); err != nil {
		return nil, err
	}
	runtime.SetFinalizer(p, (*Policy).Close)
	if lint {
		status = C.ipmasq_policy_lint(p.policy, config, s.options, d.list)
		if status == 0 {
			status = C.ipmasq_diags_settle(d.list)
		}
		if err := check("ipmasq_policy_lint", status); err != nil {
			return nil, err
		}
	}
	p.findings = d.findings(Note)
	return p, nil
}

// Close frees the policy. A second call does nothing; other calls then fail with EBADF.
func (p *Policy) Close() error {
	C.ipmasq_policy_free(p.policy)
	p.policy = nil
	runtime.SetFinalizer(p, nil)
	return nil
}

// open fails for a policy that is closed.
func (p *Policy) open(op string) error {
	if p.policy == nil {
		return &Error{Op: op + " of a closed policy", Errno: syscall.EBADF}
	}
	return nil
}

// Findings are the warnings and notes that came up when the policy was made.
func (p *Policy) Findings() []Finding {
	return p.findings
}

// Chain holds the rules; empty where the profile's agent has none.
func (p *Policy) Chain() string {
	var info C.struct_ipmasq_policy_details

	defer runtime.KeepAlive(p)
	if p.policy == nil ||
		C.ipmasq_policy_info(p.policy, &info, C.size_t(unsafe.Sizeof(info))) != 0 {
		return ""
	}
	return C.GoString(info.chain)
}

// Decision says why an address gets its verdict.
type Decision struct {
	Address netip.Addr
	// The one that decides.
	Entry Entry
	// Those that match as well but come later, in decision order.
	Overrides []Entry
}

func (d *Decision) String() string {
	text := fmt.Sprintf("%v: %v", d.Address, d.Entry)
	for _, entry := range d.Overrides {
		text += fmt.Sprintf("\n  overrides %v", entry)
	}
	return text
}

// Explain says why packets to an address get their verdict. The source is that of the sender; the
// zero Addr: a pod.
func (p *Policy) Explain(address, source netip.Addr) (*Decision, error) {
	var decision *C.struct_ipmasq_decision

	address, source = address.Unmap(), source.Unmap()
	if err := p.open("Explain"); err != nil {
		return nil, err
	}
	if !address.IsValid() || (source.IsValid() && source.Is4() != address.Is4()) {
		return nil, &Error{Op: fmt.Sprintf("Explain(%v, %v)", address, source), Errno: syscall.EINVAL}
	}
	to, from := packed(address), packed(source)
	defer C.free(to)
	defer C.free(from)
	defer runtime.KeepAlive(p)
	status := C.ipmasq_policy_explain(p.policy, C.enum_ipmasq_family(familyOf(address)), to, from,
		&decision)
	if err := check("ipmasq_policy_explain", status); err != nil {
		return nil, err
	}
	defer C.ipmasq_decision_free(decision)
	made := &Decision{Address: address, Entry: entryOf(decision.entry)}
	for _, entry := range unsafe.Slice(decision.overrides, int(decision.override_count)) {
		made.Overrides = append(made.Overrides, entryOf(entry))
	}
	return made, nil
}

// Flags of Script.
const (
	NoRandomFully = C.IPMASQ_NO_RANDOM_FULLY
	NFTables      = C.IPMASQ_NFTABLES
)

// Script returns the script for iptables-restore --noflush, or with NFTables for nft -f. It is
// proved to be the policy.
func (p *Policy) Script(family Family, flags uint) (string, error) {
	var ruleset *C.struct_ipmasq_ruleset
	var script, why *C.char

	if err := p.open("Script"); err != nil {
		return "", err
	}
	defer runtime.KeepAlive(p)
	status := C.ipmasq_ruleset_new(p.policy, C.enum_ipmasq_family(family), C.uint(flags), &ruleset)
	if err := check("ipmasq_ruleset_new", status); err != nil {
		return "", err
	}
	defer C.ipmasq_ruleset_free(ruleset)
	if status = C.ipmasq_ruleset_prove(ruleset, p.policy, &why); status != 0 {
		return "", check("the proof: "+takeString(why), status)
	}
	if err := check("ipmasq_ruleset_script", C.ipmasq_ruleset_script(ruleset, &script, nil)); err != nil {
		return "", err
	}
	return takeString(script), nil
}
