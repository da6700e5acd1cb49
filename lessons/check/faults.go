package check

import (
	"fmt"

	"socklab/host/sock"
	"socklab/host/sock/fault"
)

// withFaults puts fault rules between a guest and its network. What they
// decide by chance they decide by seed. An error is the script's.
func withFaults(s sock.Stack, rules []string, seed uint64) (sock.Stack, func(), error) {
	if len(rules) == 0 {
		return s, func() {}, nil
	}
	var parsed []fault.Rule
	for _, text := range rules {
		r, err := fault.Parse(text)
		if err != nil {
			return nil, nil, fmt.Errorf("faults: %w", err)
		}
		parsed = append(parsed, r...)
	}
	f, err := fault.New(s, seed, parsed...)
	if err != nil {
		return nil, nil, fmt.Errorf("faults: %w", err)
	}
	return f, f.Close, nil
}
