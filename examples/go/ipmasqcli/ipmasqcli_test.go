// SPDX-License-Identifier: Apache-2.0

package ipmasqcli

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

const bad = "nonMasqueradeCIDRs: [10.0.0.1/8]\nmasqOutBound: 7\n"

var ctx = context.Background()

// The tools to test are in the directory that IPMASQ_TOOLS names, or in PATH.
func client(options ...string) *Client {
	return &Client{Directory: os.Getenv("IPMASQ_TOOLS"), Options: options}
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0600); err != nil {
		t.Fatal(err)
	}
	return path
}

func must[T any](value T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func TestExplain(t *testing.T) {
	config := Text("masqueradeCIDRs: [10.9.9.9/32]\nnonMasqueradeCIDRs:\n- 10.0.0.0/8\n")
	answers := must(client().Explain(ctx, config, "10.9.9.9", "10.9.9.0/24", "fe80::1"))(t)
	if len(answers) != 5 {
		t.Fatalf("%+v", answers)
	}
	first := answers[0]
	if first.Verdict != "MASQUERADE" || first.Origin != "masqueradeCIDRs" ||
		*first.Entry.Entry != "10.9.9.9/32" || first.Where() != "<stdin>:1:19" ||
		first.Host != nil || !strings.Contains(*first.Rule, "-d 10.9.9.9/32") {
		t.Errorf("%+v", first)
	}
	if len(first.Overrides) != 2 || *first.Overrides[0].Line != 3 || first.Overrides[1].File != nil {
		t.Errorf("%+v", first.Overrides)
	}
	if answers[1].Address != "10.9.9.0/29" && answers[1].Address != "10.9.9.0-10.9.9.8" {
		t.Errorf("%+v", answers[1])
	}
}

func TestSource(t *testing.T) {
	config := Text("podCIDRs: [10.244.0.0/16]\n")
	answers := must(client().Explain(ctx, config, "8.8.8.8"))(t)
	if !reflect.DeepEqual(answers[0].Sources, []string{"10.244.0.0/16"}) {
		t.Errorf("%+v", answers)
	}
	answers = must(client().ExplainFrom(ctx, config, "203.0.113.7", "8.8.8.8"))(t)
	if answers[0].Verdict != "RETURN" || answers[0].Sources != nil {
		t.Errorf("%+v", answers)
	}
}

func TestRejected(t *testing.T) {
	var rejected *Rejected
	for _, config := range []Config{Text(bad), Files(write(t, "bad.yaml", bad))} {
		_, err := client().Explain(ctx, config, "10.0.0.1")
		if !errors.As(err, &rejected) || len(rejected.Findings) != 2 ||
			rejected.Findings[0].Code != "host-bits" || *rejected.Findings[0].Column != 22 ||
			*rejected.Findings[0].Suggestion != "10.0.0.0/8" ||
			!strings.Contains(err.Error(), ":1:22: error: ") {
			t.Errorf("%+v", err)
		}
		_, err = client().Scripts(ctx, config)
		if !errors.As(err, &rejected) {
			t.Errorf("%+v", err)
		}
	}
}

func TestFailed(t *testing.T) {
	var failed *Failed
	for _, row := range []struct {
		client *Client
		status int
		text   string
	}{
		{client("--profile=nobody"), 2, "nobody"},
		{&Client{Directory: "/nonexistent"}, -1, "no such file"},
	} {
		_, err := row.client.Table(ctx, Text(""))
		if !errors.As(err, &failed) || failed.Status != row.status ||
			!strings.Contains(err.Error(), row.text) {
			t.Errorf("%+v: %v", row, err)
		}
	}
	_, err := client().Explain(ctx, Text(""), "10.0.0.1/8")
	if !errors.As(err, &failed) || failed.Status != 2 {
		t.Error(err)
	}
	done, cancel := context.WithTimeout(ctx, time.Nanosecond)
	defer cancel()
	if _, err = client().Table(done, Text("")); err == nil {
		t.Error("a context that ended did not end the tool")
	}
	_, err = client().Live(ctx, Text(""), "x")
	if !errors.As(err, &failed) || failed.Status != 2 {
		t.Error(err)
	}
}

func TestTableAndOptions(t *testing.T) {
	answers := must(client("--profile=gke", "--ipv6=off").Table(ctx, Text("")))(t)
	if len(answers) < 10 || answers[0].Address == "" {
		t.Errorf("%+v", answers)
	}
}

func TestDiff(t *testing.T) {
	old, changed := write(t, "old.yaml", ""), write(t, "new.yaml",
		"nonMasqueradeCIDRs: [10.0.0.0/8, 172.16.0.0/12]\n")
	found := must(client().Diff(ctx, old, changed))(t)
	if len(found) != 1 || found[0].Address != "192.168.0.0/16" || found[0].After != "MASQUERADE" ||
		found[0].Addresses != "65536" || found[0].Side != "destination" ||
		len(found[0].Parts) != 1 || *found[0].Parts[0].Before.Entry != "192.168.0.0/16" {
		t.Errorf("%+v", found)
	}
	if found = must(client().Diff(ctx, old, old))(t); len(found) != 0 {
		t.Errorf("%+v", found)
	}
}

func TestFrom(t *testing.T) {
	dump := write(t, "dump", "*nat\n:POSTROUTING ACCEPT [0:0]\n"+
		"-A POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE\n"+
		"-A POSTROUTING -d 10.7.0.0/16 -j SNAT --to-source 192.0.2.1\nCOMMIT\n")
	answers := must(client().From(ctx, Text(""), dump, "10.7.0.1", "10.8.0.1"))(t)
	if len(answers) != 2 || answers[0].Agrees == nil || *answers[0].Agrees ||
		answers[1].Agrees != nil || answers[0].Policy.Verdict != "RETURN" {
		t.Fatalf("%+v", answers)
	}
	outcomes := answers[0].Outcomes
	last := outcomes[len(outcomes)-1]
	if last.Verdict != "SNAT" || *last.To != "192.0.2.1" || last.DecidedBy.Rule != 2 ||
		last.DecidedBy.Chain != "POSTROUTING" || answers[0].Steps[0].Matches != "maybe" {
		t.Errorf("%+v", answers[0])
	}
}

func TestLint(t *testing.T) {
	findings := must(client().Lint(ctx, Text(bad)))(t)
	if len(findings) != 2 || findings[0].Severity != "error" || *findings[0].EndColumn <= 22 {
		t.Errorf("%+v", findings)
	}
	if findings = must(client().Lint(ctx, Files(write(t, "a.yaml",
		"podCIDRs: [10.244.0.0/16]\n"))))(t); len(findings) != 0 {
		t.Errorf("%+v", findings)
	}
	checks := must(client().Checks(ctx))(t)
	if len(checks) < 30 || checks[0].Code == "" || checks[0].Help == "" {
		t.Errorf("%+v", checks)
	}
}

func TestScripts(t *testing.T) {
	scripts := must(client().Scripts(ctx, Text("")))(t)
	if len(scripts) != 2 || scripts[1].Family != "ipv6" ||
		!strings.HasPrefix(scripts[0].Command, "iptables-restore") ||
		!strings.Contains(scripts[0].Script, "COMMIT") {
		t.Errorf("%+v", scripts)
	}
}

// Needs a network namespace of its own, and to be root in it.
func TestNode(t *testing.T) {
	config, node := Text(""), client()
	native := client("--backend=nftables")
	results, ok, err := native.Check(ctx, config)
	if ok || err != nil || results[0].State != "drift" {
		t.Fatalf("%+v %v", results, err)
	}
	results = must(native.Apply(ctx, config))(t)
	if results[0].State != "changed" || *results[0].Backend != "nftables" ||
		len(results[0].Changes) == 0 || results[0].Error != nil {
		t.Errorf("%+v", results)
	}
	if _, ok, err = native.Check(ctx, config); !ok || err != nil {
		t.Error(err)
	}
	answers := must(node.Live(ctx, config, "8.8.8.8"))(t)
	if answers[0].Outcomes[0].Verdict != "MASQUERADE" || !*answers[0].Agrees {
		t.Errorf("%+v", answers)
	}
	if results = must(node.Remove(ctx))(t); results[0].State != "changed" {
		t.Errorf("%+v", results)
	}
}

func TestNodeFails(t *testing.T) {
	lock, err := os.OpenFile("/run/xtables.lock", os.O_RDWR|os.O_CREATE, 0600)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	// The descriptor's lock stays when the program ends.
	flock := exec.Command("flock", "3")
	flock.ExtraFiles = []*os.File{lock}
	if err := flock.Run(); err != nil {
		t.Fatal(err)
	}
	results, err := client("--backend=legacy", "--wait=1").Apply(ctx, Text(""))
	var failed *Failed
	if !errors.As(err, &failed) || failed.Status != 4 || results[0].State != "failed" ||
		!strings.Contains(results[0].Error.Message, "lock") || results[0].Error.Code == nil {
		t.Errorf("%+v %v", results, err)
	}
}

// Later tools write members and words that this package does not know.
func TestLaterTools(t *testing.T) {
	directory := t.TempDir()
	script := "#!/bin/sh\ncat <<'END'\n" +
		`[{"family":"ipv4","state":"resting","later":{"a":1},"backend":null,"changes":[],"error":null}]` +
		"\nEND\n"
	if err := os.WriteFile(directory+"/ipmasq-apply", []byte(script), 0700); err != nil {
		t.Fatal(err)
	}
	results := must((&Client{Directory: directory}).Apply(ctx, Text("")))(t)
	if len(results) != 1 || results[0].State != "resting" || results[0].Backend != nil {
		t.Errorf("%+v", results)
	}
}

// members are the members of an object in a schema, with those of the objects in it.
func members(schema, whole map[string]any, into map[string]bool) {
	if reference, ok := schema["$ref"].(string); ok {
		name := reference[strings.LastIndex(reference, "/")+1:]
		members(whole["definitions"].(map[string]any)[name].(map[string]any), whole, into)
	}
	if items, ok := schema["items"].(map[string]any); ok {
		members(items, whole, into)
	}
	if parts, ok := schema["anyOf"].([]any); ok {
		for _, part := range parts {
			members(part.(map[string]any), whole, into)
		}
	}
	properties, _ := schema["properties"].(map[string]any)
	for name, property := range properties {
		into[name] = true
		members(property.(map[string]any), whole, into)
	}
}

// tags are the members that a type decodes.
func tags(kind reflect.Type, into map[string]bool) {
	switch kind.Kind() {
	case reflect.Pointer, reflect.Slice:
		tags(kind.Elem(), into)
	case reflect.Struct:
		for i := 0; i < kind.NumField(); i++ {
			if name := kind.Field(i).Tag.Get("json"); name != "" {
				into[name] = true
			}
			tags(kind.Field(i).Type, into)
		}
	}
}

func TestTypesHaveWhatTheSchemasHave(t *testing.T) {
	directory := os.Getenv("IPMASQ_SCHEMAS")
	if directory == "" {
		directory = "/usr/share/libipmasq/schema"
	}
	for name, kind := range map[string]any{
		"explain-answers": []Answer{}, "explain-diff": []Difference{}, "explain-node": []NodeAnswer{},
		"lint-findings": []Finding{}, "lint-checks": []Check{}, "apply-scripts": []Script{},
		"apply-results": []Result{},
	} {
		var schema map[string]any
		text, err := os.ReadFile(directory + "/" + name + ".schema.json")
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &schema); err != nil {
			t.Fatal(err)
		}
		wanted, have := map[string]bool{}, map[string]bool{}
		members(schema, schema, wanted)
		tags(reflect.TypeOf(kind), have)
		if len(wanted) < 3 || !reflect.DeepEqual(wanted, have) {
			t.Errorf("%s: the schema has %v, the type %v", name, wanted, have)
		}
	}
}
