package main

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"socklab/host/sock"
	"socklab/host/sock/fault"
)

// withFaults puts the faults of --fault over a stack.
func (r *runner) withFaults(under sock.Stack) (sock.Stack, error) {
	if r.flags.faults == "" {
		return under, nil
	}
	hint := "faults: " + strings.Join(fault.Examples(), ", ")
	rules, err := fault.Parse(r.flags.faults)
	if err != nil {
		return nil, usageError("--fault: "+err.Error(), hint)
	}
	if r.flags.seed == 0 {
		r.flags.seed = rand.Uint64N(1<<32-1) + 1
		fmt.Fprintf(r.err, "socklab: faults with --seed %d\n", r.flags.seed)
	}
	stack, err := fault.New(under, r.flags.seed, rules...)
	if err != nil {
		return nil, usageError("--fault: "+err.Error(), hint)
	}
	return stack, nil
}
