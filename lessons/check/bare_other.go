//go:build !linux

package check

import "socklab/host/sock/kernel"

// listens reports whether a port is taken, which comes a moment before
// somebody listens there.
func listens(port int) bool { return !bindable(kernel.New(), port) }
