// SPDX-License-Identifier: Apache-2.0

package ipmasq

// #include <ipmasq.h>
import "C"

import (
	"fmt"
	"strings"
	"syscall"
	"unsafe"
)

// Place is one in a file. Line and Column count from 1; 0 is the file as a whole. The zero Place is
// nowhere in a file: what stands there is built in.
type Place struct {
	File                    string
	Line, Column, EndColumn int
}

func (p Place) String() string {
	switch {
	case p.File == "":
		return "built in"
	case p.Line == 0:
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

func placeOf(place *C.struct_ipmasq_place) Place {
	return Place{C.GoString(place.file), int(place.line), int(place.column), int(place.end_column)}
}

// Severity is how bad a finding is: of an error, the configuration is rejected.
type Severity int

const (
	Note    Severity = C.IPMASQ_NOTE
	Warning Severity = C.IPMASQ_WARNING
	Problem Severity = C.IPMASQ_ERROR
)

func (s Severity) String() string {
	return C.GoString(C.ipmasq_severity_name(C.enum_ipmasq_severity(s)))
}

// Finding says what is wrong, where, and what to write instead.
type Finding struct {
	Severity Severity
	// A stable name, such as host-bits.
	Code    string
	Message string
	// Empty: there is none.
	Suggestion string
	Place      Place
}

func (f Finding) String() string {
	text := fmt.Sprintf("%v: %s [%s]", f.Severity, f.Message, f.Code)
	if f.Place.File != "" {
		text = f.Place.String() + ": " + text
	}
	return text
}

// Error is what every call that fails returns. errors.Is finds its errno: syscall.ENOENT, for
// example.
type Error struct {
	// What failed.
	Op string
	// One of those that ipmasq.h lists for the call.
	Errno syscall.Errno
	// What is wrong with a configuration or an argument; often empty.
	Findings []Finding
}

func (e *Error) Error() string {
	if len(e.Findings) == 0 {
		return e.Op + ": " + e.Errno.Error()
	}
	lines := make([]string, len(e.Findings))
	for i, finding := range e.Findings {
		lines[i] = finding.String()
	}
	return strings.Join(lines, "\n")
}

func (e *Error) Unwrap() error {
	return e.Errno
}

// diags is the list that calls put their findings into.
type diags struct {
	list *C.struct_ipmasq_diags
}

func newDiags() (*diags, error) {
	d := &diags{}
	return d, check("ipmasq_diags_new", C.ipmasq_diags_new(&d.list))
}

func (d *diags) free() {
	C.ipmasq_diags_free(d.list)
}

func (d *diags) findings(least Severity) []Finding {
	var found []Finding
	var one C.struct_ipmasq_finding

	for i := C.size_t(0); C.ipmasq_diags_get(d.list, i, &one, C.size_t(unsafe.Sizeof(one))) == 0; i++ {
		if Severity(one.severity) < least {
			continue
		}
		found = append(found, Finding{Severity(one.severity), C.GoString(one.code),
			C.GoString(one.message), C.GoString(one.suggestion), placeOf(&one.place)})
	}
	return found
}

// check makes an error of a status, with the errors among the findings.
func (d *diags) check(op string, status C.int) error {
	if status >= 0 {
		return nil
	}
	return &Error{op, syscall.Errno(-status), d.findings(Problem)}
}

func check(op string, status C.int) error {
	if status >= 0 {
		return nil
	}
	return &Error{Op: op, Errno: syscall.Errno(-status)}
}
