// SPDX-License-Identifier: Apache-2.0

package ipmasq

// #include <ipmasq.h>
import "C"

import (
	"fmt"
	"net/netip"
	"runtime"
	"syscall"
	"unsafe"
)

// Partition has for every destination of a family the entry that decides: to look many addresses up.
type Partition struct {
	partition *C.struct_ipmasq_partition
	family    Family
	// It must live longer.
	policy *Policy
}

// Partition cuts the address space of a family into ranges, each with one entry that decides. It
// must be closed before the policy is.
func (p *Policy) Partition(family Family) (*Partition, error) {
	made := &Partition{family: family, policy: p}

	if err := p.open("Partition"); err != nil {
		return nil, err
	}
	defer runtime.KeepAlive(p)
	status := C.ipmasq_partition_new(p.policy, C.enum_ipmasq_family(family), &made.partition)
	if err := check("ipmasq_partition_new", status); err != nil {
		return nil, err
	}
	runtime.SetFinalizer(made, (*Partition).Close)
	return made, nil
}

// Close frees the partition. A second call does nothing.
func (p *Partition) Close() error {
	C.ipmasq_partition_free(p.partition)
	p.partition = nil
	runtime.SetFinalizer(p, nil)
	return nil
}

// Len is the number of ranges.
func (p *Partition) Len() int {
	defer runtime.KeepAlive(p)
	return int(C.ipmasq_partition_count(p.partition))
}

// Lookup returns the entry that decides for an address.
func (p *Partition) Lookup(address netip.Addr) (Entry, error) {
	var data [16]byte

	address = address.Unmap()
	if p.partition == nil || p.policy.policy == nil {
		return Entry{}, &Error{Op: "Lookup in a closed partition", Errno: syscall.EBADF}
	}
	if !address.IsValid() || familyOf(address) != p.family {
		return Entry{}, &Error{Op: fmt.Sprintf("Lookup(%v)", address), Errno: syscall.EINVAL}
	}
	copy(data[:], address.AsSlice())
	defer runtime.KeepAlive(p)
	return entryOf(C.ipmasq_partition_lookup(p.partition, unsafe.Pointer(&data[0]))), nil
}

// Difference is a CIDR whose verdict changes.
type Difference struct {
	// A single address has no length.
	CIDR        string
	First, Last netip.Addr
	// They are sources, which one policy returns whatever their destination.
	Sources bool
	To      Verdict
	// What decides for the first address; nil for a source whose destinations decide.
	Before, After *Entry
}

func (d Difference) String() string {
	from, change := "", "MASQUERADE -> RETURN"
	if d.Sources {
		from = "from "
	}
	if d.To == Masquerade {
		change = "RETURN -> MASQUERADE"
	}
	return from + d.CIDR + ": " + change
}

// sideOf copies the entry of one side of a difference.
func sideOf(entry *C.struct_ipmasq_entry) *Entry {
	if entry == nil {
		return nil
	}
	made := entryOf(entry)
	return &made
}

// Diff returns what another policy changes, as the fewest CIDRs.
func Diff(before, after *Policy) ([]Difference, error) {
	var diff *C.struct_ipmasq_diff
	var one C.struct_ipmasq_difference
	var text [C.IPMASQ_TEXT_MAX]C.char
	var found []Difference

	for _, policy := range []*Policy{before, after} {
		if err := policy.open("Diff"); err != nil {
			return nil, err
		}
	}
	defer runtime.KeepAlive(before)
	defer runtime.KeepAlive(after)
	if err := check("ipmasq_diff_new", C.ipmasq_diff_new(before.policy, after.policy, &diff)); err != nil {
		return nil, err
	}
	defer C.ipmasq_diff_free(diff)
	for i := C.size_t(0); C.ipmasq_diff_get(diff, i, &one, C.size_t(unsafe.Sizeof(one))) == 0; i++ {
		C.ipmasq_format_range(one.family, &one.first[0], &one.last[0], &text[0])
		family := Family(one.family)
		found = append(found, Difference{C.GoString(&text[0]), addressOf(family, one.first),
			addressOf(family, one.last), bool(one.sources), Verdict(one.to), sideOf(one.before),
			sideOf(one.after)})
	}
	return found, nil
}
