package policy

import (
	"testing"

	"socklab/host/abi"
	"socklab/host/sock"
	"socklab/host/sock/kernel"
	"socklab/host/sock/socktest"
)

func TestConformance(t *testing.T) {
	asTheMachine := func(path string, _ bool) (string, func(), abi.Errno) { return path, nil, abi.OK }
	socktest.TestStack(t, func(*testing.T) sock.Stack {
		return New(kernel.New(), Options{Resolve: asTheMachine})
	})
}
