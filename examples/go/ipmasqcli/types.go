// SPDX-License-Identifier: Apache-2.0

package ipmasqcli

import "fmt"

// Place is one in a file. File is nil for what is built in; Line and Column count from 1, and are
// nil for a file as a whole.
type Place struct {
	File   *string `json:"file"`
	Line   *int    `json:"line"`
	Column *int    `json:"column"`
}

// Where is the place as text: "file:line:column".
func (p Place) Where() string {
	switch {
	case p.File == nil:
		return "built in"
	case p.Line == nil || p.Column == nil:
		return *p.File
	}
	return fmt.Sprintf("%s:%d:%d", *p.File, *p.Line, *p.Column)
}

// Entry is one of the configuration.
type Entry struct {
	// The key of the configuration, "link-local", or "none".
	Origin string `json:"origin"`
	// The CIDR, where it has one.
	Entry *string `json:"entry"`
	// The host name in the configuration that has this address.
	Host *string `json:"host"`
	Place
}

// Answer is that for an address, a range, or a part of one (explain-answers.schema.json).
type Answer struct {
	Address string `json:"address"`
	// MASQUERADE or RETURN.
	Verdict string `json:"verdict"`
	Entry
	Overrides []Entry `json:"overrides"`
	Rule      *string `json:"rule"`
	// The entries of podCIDRs, if the answer is for these.
	Sources []string `json:"sources"`
}

// Difference is a CIDR whose verdict changes (explain-diff.schema.json).
type Difference struct {
	Address string `json:"address"`
	// destination or source.
	Side string `json:"side"`
	// In decimal digits: up to 2^128.
	Addresses string `json:"addresses"`
	Before    string `json:"before"`
	After     string `json:"after"`
	Parts     []struct {
		Address string `json:"address"`
		Before  *Entry `json:"before"`
		After   *Entry `json:"after"`
	} `json:"parts"`
}

// Rule is one of a node.
type Rule struct {
	Backend string `json:"backend"`
	Family  string `json:"family"`
	Table   string `json:"table"`
	Chain   string `json:"chain"`
	// From 1; 0: the policy of the chain.
	Rule int    `json:"rule"`
	Text string `json:"text"`
	// Nil where names do not tell it, and for steps.
	Owner *string `json:"owner"`
}

// NodeAnswer is what a node does with packets to an address (explain-node.schema.json).
type NodeAnswer struct {
	Address string  `json:"address"`
	Source  *string `json:"source"`
	Policy  Answer  `json:"policy"`
	// Nil: it depends.
	Agrees   *bool `json:"agrees"`
	Outcomes []struct {
		// MASQUERADE, SNAT, RETURN or UNKNOWN.
		Verdict    string   `json:"verdict"`
		To         *string  `json:"to"`
		Conditions []string `json:"conditions"`
		// Nil: no rule rewrites the source.
		DecidedBy *Rule `json:"decided_by"`
	} `json:"outcomes"`
	Steps []struct {
		Rule
		// yes, no or maybe.
		Matches string `json:"matches"`
	} `json:"steps"`
}

// Finding says what is wrong (lint-findings.schema.json).
type Finding struct {
	Place
	EndColumn  *int    `json:"endColumn"`
	Severity   string  `json:"severity"`
	Code       string  `json:"code"`
	Message    string  `json:"message"`
	Suggestion *string `json:"suggestion"`
}

// Check is a kind of finding (lint-checks.schema.json).
type Check struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Summary  string `json:"summary"`
	Help     string `json:"help"`
}

// Script is that of a family (apply-scripts.schema.json).
type Script struct {
	Family  string `json:"family"`
	Command string `json:"command"`
	Script  string `json:"script"`
}

// Result is what became of a family (apply-results.schema.json).
type Result struct {
	Family string `json:"family"`
	// "in line", "changed", "drift", "skipped", "failed", "overridden", "unknown", or a later word.
	State   string   `json:"state"`
	Backend *string  `json:"backend"`
	Changes []string `json:"changes"`
	// The first failure.
	Error *struct {
		Code    *string `json:"code"`
		Message string  `json:"message"`
		Place
	} `json:"error"`
}
