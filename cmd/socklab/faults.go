package main

import "socklab/host/sock"

// withFaults puts the faults of --fault over a stack.
func (r *runner) withFaults(under sock.Stack) (sock.Stack, error) {
	if r.flags.faults != "" {
		return nil, usageError("--fault is not there yet")
	}
	return under, nil
}
