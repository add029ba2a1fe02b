// SPDX-License-Identifier: Apache-2.0

package ipmasq

// #include <stdlib.h>
// #include <ipmasq.h>
import "C"

import (
	"runtime"
	"syscall"
	"unsafe"
)

// Backend is where rules are.
type Backend int

const (
	BackendAuto     Backend = C.IPMASQ_BACKEND_AUTO
	BackendNFT      Backend = C.IPMASQ_BACKEND_NFT
	BackendLegacy   Backend = C.IPMASQ_BACKEND_LEGACY
	BackendNFTables Backend = C.IPMASQ_BACKEND_NFTABLES
)

func (b Backend) String() string {
	return C.GoString(C.ipmasq_backend_name(C.enum_ipmasq_backend(b)))
}

// State is what became of a family. Later versions of the library may know more.
type State int

const (
	Unknown    State = C.IPMASQ_STATE_UNKNOWN
	InLine     State = C.IPMASQ_STATE_IN_LINE
	Changed    State = C.IPMASQ_STATE_CHANGED
	Drift      State = C.IPMASQ_STATE_DRIFT
	Skipped    State = C.IPMASQ_STATE_SKIPPED
	Failed     State = C.IPMASQ_STATE_FAILED
	Overridden State = C.IPMASQ_STATE_OVERRIDDEN
)

func (s State) String() string {
	return C.GoString(C.ipmasq_state_name(C.enum_ipmasq_state(s)))
}

// Result is what was found or done in one family.
type Result struct {
	State   State
	Backend Backend
	// What was found or done, for people.
	Lines []string
	// The first failure, or nil.
	Err error
}

// Report has the results of both families.
type Report struct {
	IPv4, IPv6 Result
}

// Node is a network namespace. It is used by one goroutine at a time.
type Node struct {
	node *C.struct_ipmasq_node
}

// NewNode works in a network namespace, a path or a name under /run/netns. Empty: that of the
// thread, so a goroutine that changes namespaces calls runtime.LockOSThread first.
func NewNode(netns string, backend Backend) (*Node, error) {
	n := &Node{}
	d, err := newDiags()
	if err != nil {
		return nil, err
	}
	defer d.free()
	if err := check("ipmasq_node_new", C.ipmasq_node_new(&n.node)); err != nil {
		return nil, err
	}
	runtime.SetFinalizer(n, (*Node).Close)
	status := C.ipmasq_node_set_backend(n.node, C.enum_ipmasq_backend(backend))
	if status == 0 && netns != "" {
		path := C.CString(netns)
		status = C.ipmasq_node_set_path(n.node, C.IPMASQ_PATH_NETNS, path, d.list)
		C.free(unsafe.Pointer(path))
	}
	if err := d.check("a node", status); err != nil {
		n.Close()
		return nil, err
	}
	return n, nil
}

// SetWait says how many seconds to wait for the lock of iptables.
func (n *Node) SetWait(seconds uint) error {
	defer runtime.KeepAlive(n)
	if n.node == nil {
		return &Error{Op: "a closed node", Errno: syscall.EBADF}
	}
	return check("wait", C.ipmasq_node_set_wait(n.node, C.uint(seconds)))
}

// Close frees the node; the rules stay in the kernel. A second call does nothing.
func (n *Node) Close() error {
	C.ipmasq_node_free(n.node)
	n.node = nil
	runtime.SetFinalizer(n, nil)
	return nil
}

// Check compares the kernel with a policy, and writes nothing.
func (n *Node) Check(policy *Policy) (*Report, error) {
	defer runtime.KeepAlive(policy)
	if err := policy.open("Check"); err != nil {
		return nil, err
	}
	return n.act("check", func(report *C.struct_ipmasq_report, d *C.struct_ipmasq_diags) C.int {
		return C.ipmasq_node_check(n.node, policy.policy, report, d)
	})
}

// Apply brings the kernel in line with a policy. Where one family fails, the report has what became
// of the other.
func (n *Node) Apply(policy *Policy) (*Report, error) {
	defer runtime.KeepAlive(policy)
	if err := policy.open("Apply"); err != nil {
		return nil, err
	}
	return n.act("apply", func(report *C.struct_ipmasq_report, d *C.struct_ipmasq_diags) C.int {
		return C.ipmasq_node_apply(n.node, policy.policy, report, d)
	})
}

// Remove takes the rules of a chain away. What is not there is fine.
func (n *Node) Remove(chain string) (*Report, error) {
	name := C.CString(chain)
	defer C.free(unsafe.Pointer(name))
	return n.act("remove", func(report *C.struct_ipmasq_report, d *C.struct_ipmasq_diags) C.int {
		return C.ipmasq_node_remove(n.node, name, report, d)
	})
}

func (n *Node) act(op string,
	call func(*C.struct_ipmasq_report, *C.struct_ipmasq_diags) C.int) (*Report, error) {
	var report *C.struct_ipmasq_report

	if n.node == nil {
		return nil, &Error{Op: op + " of a closed node", Errno: syscall.EBADF}
	}
	d, err := newDiags()
	if err != nil {
		return nil, err
	}
	defer d.free()
	if err := check("ipmasq_report_new", C.ipmasq_report_new(&report)); err != nil {
		return nil, err
	}
	defer C.ipmasq_report_free(report)
	defer runtime.KeepAlive(n)
	status := call(report, d.list)
	return &Report{resultOf(report, C.IPMASQ_IPV4), resultOf(report, C.IPMASQ_IPV6)},
		d.check(op, status)
}

func resultOf(report *C.struct_ipmasq_report, family C.enum_ipmasq_family) Result {
	var result C.struct_ipmasq_result
	var line C.struct_ipmasq_line

	if C.ipmasq_report_result(report, family, &result, C.size_t(unsafe.Sizeof(result))) != 0 {
		return Result{}
	}
	made := Result{State: State(result.state), Backend: Backend(result.backend)}
	for i := C.size_t(0); C.ipmasq_report_line(report, family, i, &line,
		C.size_t(unsafe.Sizeof(line))) == 0; i++ {
		made.Lines = append(made.Lines, C.GoString(line.text))
	}
	if result.error < 0 {
		failed := &Error{Op: familyName(family), Errno: syscall.Errno(-result.error)}
		if result.text != nil {
			failed.Findings = []Finding{{Problem, C.GoString(result.code),
				C.GoString(result.text), "", placeOf(&result.place)}}
		}
		made.Err = failed
	}
	return made
}

func familyName(family C.enum_ipmasq_family) string {
	if family == C.IPMASQ_IPV4 {
		return "IPv4"
	}
	return "IPv6"
}
