// SPDX-License-Identifier: Apache-2.0

package ipmasq

// #include <stdlib.h>
// #include <ipmasq.h>
import "C"

import (
	"net/netip"
	"unsafe"
)

// Options are what does not stand in the configuration. The zero value, like nil, is the defaults.
type Options struct {
	// Whose defaults apply, such as "gke"; empty: "default".
	Profile string
	// The chain that holds the rules, in place of the profile's.
	Chain string
	// Source ports of masqueraded flows, such as "20000-29999".
	ToPorts string

	IPv6, RandomFully, ReservedRanges Mode

	// The addresses of host names, which some profiles take.
	Hosts map[string][]netip.Addr
}

// settings are options as the library has them, while policies are made.
type settings struct {
	options *C.struct_ipmasq_options
	hosts   *C.struct_ipmasq_hosts
}

func (s *settings) free() {
	C.ipmasq_options_free(s.options)
	C.ipmasq_hosts_free(s.hosts)
}

func newSettings(options *Options, d *diags) (*settings, error) {
	s := &settings{}
	err := check("ipmasq_options_new", C.ipmasq_options_new(&s.options))
	if err == nil && options != nil {
		err = s.set(options, d)
	}
	if err != nil {
		s.free()
		return nil, err
	}
	return s, nil
}

func (s *settings) set(options *Options, d *diags) error {
	texts := []struct {
		name, value string
		set         func(text *C.char) C.int
	}{
		{"profile", options.Profile, func(text *C.char) C.int {
			return C.ipmasq_options_set_profile(s.options, text, d.list)
		}},
		{"chain", options.Chain, func(text *C.char) C.int {
			return C.ipmasq_options_set_chain(s.options, text, d.list)
		}},
		{"ports", options.ToPorts, func(text *C.char) C.int {
			return C.ipmasq_options_set_to_ports(s.options, text, d.list)
		}},
	}
	modes := []struct {
		feature C.enum_ipmasq_feature
		mode    Mode
	}{
		{C.IPMASQ_FEATURE_IPV6, options.IPv6},
		{C.IPMASQ_FEATURE_RANDOM_FULLY, options.RandomFully},
		{C.IPMASQ_FEATURE_RESERVED_RANGES, options.ReservedRanges},
	}
	for _, text := range texts {
		if text.value == "" {
			continue
		}
		value := C.CString(text.value)
		err := d.check(text.name, text.set(value))
		C.free(unsafe.Pointer(value))
		if err != nil {
			return err
		}
	}
	for _, m := range modes {
		status := C.ipmasq_options_set_mode(s.options, m.feature, C.enum_ipmasq_mode(m.mode))
		if err := check("a mode", status); err != nil {
			return err
		}
	}
	return s.setHosts(options.Hosts)
}

func (s *settings) setHosts(hosts map[string][]netip.Addr) error {
	if err := check("ipmasq_hosts_new", C.ipmasq_hosts_new(&s.hosts)); err != nil {
		return err
	}
	for name, addresses := range hosts {
		for _, address := range addresses {
			text, bytes := C.CString(name), packed(address.Unmap())
			status := C.ipmasq_hosts_add(s.hosts, text,
				C.enum_ipmasq_family(familyOf(address.Unmap())), bytes)
			C.free(unsafe.Pointer(text))
			C.free(bytes)
			if err := check("host "+name, status); err != nil {
				return err
			}
		}
	}
	return check("ipmasq_options_set_hosts", C.ipmasq_options_set_hosts(s.options, s.hosts))
}
