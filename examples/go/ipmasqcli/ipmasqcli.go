// SPDX-License-Identifier: Apache-2.0

// Package ipmasqcli asks the tools of libipmasq and reads their JSON, for programs without cgo:
//
//	client := &ipmasqcli.Client{}
//	answers, err := client.Explain(ctx, ipmasqcli.Files("/etc/config/ip-masq-agent"), "10.1.2.3")
//
// It needs ipmasq-explain, ipmasq-lint and ipmasq-apply (Debian: ipmasq-tools), and Go 1.18 or
// later. ipmasq-json(5) says what is promised of what they write.
package ipmasqcli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// Client says which programs to run, and how. The zero value runs those in PATH.
type Client struct {
	// The directory that has all tools; empty: PATH.
	Directory string
	// Options of all tools, such as "--profile=gke".
	Options []string
}

// Config is a configuration: files and directories, which are united, or data, or neither: what the
// tools read without being told.
type Config struct {
	Paths []string
	// YAML or JSON. Nil: the paths.
	Data []byte
}

// Files is the configuration in files and directories.
func Files(paths ...string) Config {
	return Config{Paths: paths}
}

// Text is a configuration as YAML or JSON.
func Text(data string) Config {
	return Config{Data: []byte(data)}
}

// Rejected says that the configuration was, and why.
type Rejected struct {
	Findings []Finding
}

func (r *Rejected) Error() string {
	lines := make([]string, len(r.Findings))
	for i, finding := range r.Findings {
		lines[i] = finding.String()
	}
	return strings.Join(lines, "\n")
}

// Failed says that a tool did, for another reason.
type Failed struct {
	// The exit status: 2 wrong usage, 4 the system failed; -1 the tool did not run to its end.
	Status int
	// What it said on standard error.
	Message string
	Err     error
}

func (f *Failed) Error() string {
	if f.Message != "" {
		return f.Message
	}
	return f.Err.Error()
}

func (f *Failed) Unwrap() error {
	return f.Err
}

// Of all tools.
const (
	statusNo       = 1
	statusRejected = 3
)

// run runs a tool and decodes its JSON. The answer "no" is not an error, but returned.
func (c *Client) run(ctx context.Context, tool string, config *Config, into any,
	arguments ...string) (bool, error) {
	var out, said bytes.Buffer

	command := exec.CommandContext(ctx, c.program(tool), "--output=json")
	command.Args = append(command.Args, c.Options...)
	if config != nil {
		// Of that tool the paths are arguments.
		if tool != "ipmasq-lint" {
			command.Args = append(command.Args, config.arguments()...)
		}
		if config.Data != nil {
			command.Stdin = bytes.NewReader(config.Data)
		}
	}
	command.Args = append(command.Args, arguments...)
	command.Stdout, command.Stderr = &out, &said
	err := command.Run()
	status := 0
	if err != nil {
		status = -1
		var exit *exec.ExitError
		if errors.As(err, &exit) && ctx.Err() == nil {
			status = exit.ExitCode()
		}
	}
	if status == 0 || status == statusNo || (status == 4 && out.Len() > 0) {
		if bad := json.Unmarshal(out.Bytes(), into); bad != nil {
			return false, &Failed{status, tool + ": not the JSON of this package", bad}
		}
	}
	if status == 0 || status == statusNo {
		return status == statusNo, nil
	}
	if status == statusRejected && config != nil {
		return false, c.why(ctx, config, strings.TrimSpace(said.String()), err)
	}
	return false, &Failed{status, strings.TrimSpace(said.String()), err}
}

// why asks ipmasq-lint what is wrong with a configuration that another tool rejected.
func (c *Client) why(ctx context.Context, config *Config, said string, err error) error {
	findings, failed := c.Lint(ctx, *config, "--fail-on=error")
	rejected := &Rejected{}

	for _, finding := range findings {
		if finding.Severity == "error" {
			rejected.Findings = append(rejected.Findings, finding)
		}
	}
	// Not all options are for that tool, and not all files are still what they were.
	if failed != nil || len(rejected.Findings) == 0 {
		return &Failed{statusRejected, said, err}
	}
	return rejected
}

func (c *Client) program(tool string) string {
	if c.Directory == "" {
		return tool
	}
	return c.Directory + "/" + tool
}

func (c Config) arguments() []string {
	var made []string

	if c.Data != nil {
		return []string{"--config=-"}
	}
	for _, path := range c.Paths {
		made = append(made, "--config="+path)
	}
	return made
}

// Explain answers for addresses, and for CIDRs, of which each part with an answer of its own is one.
func (c *Client) Explain(ctx context.Context, config Config, addresses ...string) ([]Answer, error) {
	var answers []Answer

	_, err := c.run(ctx, "ipmasq-explain", &config, &answers, append([]string{"--"}, addresses...)...)
	return answers, err
}

// ExplainFrom answers for packets of a source.
func (c *Client) ExplainFrom(ctx context.Context, config Config, source string,
	addresses ...string) ([]Answer, error) {
	var answers []Answer

	_, err := c.run(ctx, "ipmasq-explain", &config, &answers,
		append([]string{"--source=" + source, "--"}, addresses...)...)
	return answers, err
}

// Table is the whole policy as a partition of the address space.
func (c *Client) Table(ctx context.Context, config Config) ([]Answer, error) {
	var answers []Answer

	_, err := c.run(ctx, "ipmasq-explain", &config, &answers, "--table")
	return answers, err
}

// Diff is what the configuration in one file changes against that in another.
func (c *Client) Diff(ctx context.Context, before, after string) ([]Difference, error) {
	var differences []Difference

	_, err := c.run(ctx, "ipmasq-explain", nil, &differences, "--diff", "--", before, after)
	return differences, err
}

// Live says what this node does with packets, by the rules of everybody on it. It needs
// CAP_NET_ADMIN.
func (c *Client) Live(ctx context.Context, config Config, addresses ...string) ([]NodeAnswer, error) {
	var answers []NodeAnswer

	_, err := c.run(ctx, "ipmasq-explain", &config, &answers,
		append([]string{"--live", "--"}, addresses...)...)
	return answers, err
}

// From says the same of the node that a dump comes from: a file, or a directory of files.
func (c *Client) From(ctx context.Context, config Config, dump string,
	addresses ...string) ([]NodeAnswer, error) {
	var answers []NodeAnswer

	_, err := c.run(ctx, "ipmasq-explain", &config, &answers,
		append([]string{"--from=" + dump, "--"}, addresses...)...)
	return answers, err
}

// Lint returns everything that is to be said about a configuration, errors too.
func (c *Client) Lint(ctx context.Context, config Config, options ...string) ([]Finding, error) {
	var findings []Finding

	paths := config.Paths
	if config.Data != nil {
		paths = []string{"-"}
	}
	arguments := append(append([]string{}, options...), "--")
	_, err := c.run(ctx, "ipmasq-lint", &config, &findings, append(arguments, paths...)...)
	return findings, err
}

// Checks are all kinds of findings.
func (c *Client) Checks(ctx context.Context) ([]Check, error) {
	var checks []Check

	_, err := c.run(ctx, "ipmasq-lint", nil, &checks, "--list-checks")
	return checks, err
}

// Scripts are those that a node without any of our rules would get.
func (c *Client) Scripts(ctx context.Context, config Config) ([]Script, error) {
	var scripts []Script

	_, err := c.run(ctx, "ipmasq-apply", &config, &scripts, "--dry-run")
	return scripts, err
}

// Check compares the node with the configuration; ok says whether it is in line.
func (c *Client) Check(ctx context.Context, config Config) (results []Result, ok bool, err error) {
	no, err := c.run(ctx, "ipmasq-apply", &config, &results, "--check")
	return results, !no && err == nil, err
}

// Apply brings the node in line. Where one family fails, the results have the other one too.
func (c *Client) Apply(ctx context.Context, config Config) ([]Result, error) {
	var results []Result

	_, err := c.run(ctx, "ipmasq-apply", &config, &results)
	return results, err
}

// Remove takes the rules away.
func (c *Client) Remove(ctx context.Context) ([]Result, error) {
	var results []Result

	_, err := c.run(ctx, "ipmasq-apply", nil, &results, "--remove")
	return results, err
}

func (f Finding) String() string {
	text := fmt.Sprintf("%s: %s [%s]", f.Severity, f.Message, f.Code)
	if f.File != nil {
		text = f.Where() + ": " + text
	}
	return text
}
