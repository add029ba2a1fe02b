// SPDX-License-Identifier: Apache-2.0

// Package ipmasq says which traffic of a node's pods takes the node's address: libipmasq through cgo.
//
//	policy, err := ipmasq.Load(nil, "/etc/config/ip-masq-agent")
//	if err != nil {
//		return err // file:line:column: error: what, and what to write instead
//	}
//	defer policy.Close()
//	script, err := policy.Script(ipmasq.IPv4, 0)
//
// Copy the package into your module: it needs the library with its header and pkg-config (Debian:
// libipmasq-dev), and Go 1.19 or later, nothing else. ipmasq.h is the manual. For programs without
// cgo there is package ipmasqcli beside this one, which runs the tools.
//
// What the library made is freed by Close, or when the object is collected. A Policy may be read by
// several goroutines at once, but not closed meanwhile.
package ipmasq

/*
#cgo pkg-config: libipmasq
#include <stdlib.h>
#include <ipmasq.h>
*/
import "C"

import (
	"net/netip"
	"unsafe"
)

// Version is that of the library in use, such as "0.1.0".
func Version() string {
	return C.GoString(C.ipmasq_version())
}

// Family is that of an address.
type Family int

const (
	IPv4 Family = C.IPMASQ_IPV4
	IPv6 Family = C.IPMASQ_IPV6
)

// Verdict is what becomes of a packet's source.
type Verdict int

const (
	Return     Verdict = C.IPMASQ_RETURN
	Masquerade Verdict = C.IPMASQ_MASQUERADE
)

func (v Verdict) String() string {
	return C.GoString(C.ipmasq_verdict_name(C.enum_ipmasq_verdict(v)))
}

// Mode turns a feature on or off, or leaves it to the node.
type Mode int

const (
	Auto Mode = C.IPMASQ_AUTO
	On   Mode = C.IPMASQ_ON
	Off  Mode = C.IPMASQ_OFF
)

// familyOf is the family of an address that is not IPv4-mapped.
func familyOf(address netip.Addr) Family {
	if address.Is4() {
		return IPv4
	}
	return IPv6
}

// packed are the bytes of an address for a call; nil for the zero Addr.
func packed(address netip.Addr) unsafe.Pointer {
	if !address.IsValid() {
		return nil
	}
	return C.CBytes(address.AsSlice())
}

// addressOf reads the bytes of an address.
func addressOf(family Family, data [16]C.uint8_t) netip.Addr {
	bytes := *(*[16]byte)(unsafe.Pointer(&data))
	if family == IPv4 {
		return netip.AddrFrom4([4]byte{bytes[0], bytes[1], bytes[2], bytes[3]})
	}
	return netip.AddrFrom16(bytes)
}

// takeString copies a text that is the caller's, and frees it.
func takeString(text *C.char) string {
	defer C.free(unsafe.Pointer(text))
	return C.GoString(text)
}
