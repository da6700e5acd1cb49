package engine

import "crypto/rand"

// random is the machine's randomness: wazero's own is the same in every run.
type random struct{}

func (random) Read(p []byte) (int, error) { return rand.Read(p) }
