// SPDX-License-Identifier: Apache-2.0

// The program ipmasq-policy shows what package ipmasq is for:
//
//	ipmasq-policy explain CONFIG ADDRESS...   why each address gets its verdict
//	ipmasq-policy script CONFIG               the script for iptables-restore --noflush, IPv4
//	ipmasq-policy diff OLD NEW                what NEW changes; exits with 1 if anything
package main

import (
	"errors"
	"fmt"
	"net/netip"
	"os"

	"ipmasq.invalid/go/ipmasq"
)

const usage = `    ipmasq-policy explain CONFIG ADDRESS...   why each address gets its verdict
    ipmasq-policy script CONFIG               the script for iptables-restore --noflush, IPv4
    ipmasq-policy diff OLD NEW                what NEW changes; exits with 1 if anything
`

func explain(config string, addresses ...string) error {
	policy, err := ipmasq.Load(nil, config)
	if err != nil {
		return err
	}
	defer policy.Close()
	for _, text := range addresses {
		address, err := netip.ParseAddr(text)
		if err != nil {
			return err
		}
		decision, err := policy.Explain(address, netip.Addr{})
		if err != nil {
			return err
		}
		fmt.Println(decision)
	}
	return nil
}

func script(config string) error {
	policy, err := ipmasq.Load(nil, config)
	if err != nil {
		return err
	}
	defer policy.Close()
	text, err := policy.Script(ipmasq.IPv4, 0)
	fmt.Print(text)
	return err
}

func diff(paths [2]string) (int, error) {
	var policies [2]*ipmasq.Policy

	for i, path := range paths {
		policy, err := ipmasq.Load(nil, path)
		if err != nil {
			return 0, err
		}
		defer policy.Close()
		policies[i] = policy
	}
	differences, err := ipmasq.Diff(policies[0], policies[1])
	for _, difference := range differences {
		fmt.Println(difference)
	}
	return len(differences), err
}

func main() {
	var err error
	changes, arguments := 0, os.Args[1:]

	switch {
	case len(arguments) > 2 && arguments[0] == "explain":
		err = explain(arguments[1], arguments[2:]...)
	case len(arguments) == 2 && arguments[0] == "script":
		err = script(arguments[1])
	case len(arguments) == 3 && arguments[0] == "diff":
		changes, err = diff([2]string{arguments[1], arguments[2]})
	default:
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	var rejected *ipmasq.Error
	switch {
	case errors.As(err, &rejected) && len(rejected.Findings) > 0:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	case err != nil:
		fmt.Fprintln(os.Stderr, "ipmasq-policy:", err)
		os.Exit(4)
	case changes > 0:
		os.Exit(1)
	}
}
