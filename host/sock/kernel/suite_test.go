package kernel_test

import (
	"testing"

	"socklab/host/sock"
	"socklab/host/sock/kernel"
	"socklab/host/sock/socktest"
)

func TestStack(t *testing.T) {
	socktest.TestStack(t, func(*testing.T) sock.Stack { return kernel.New() })
}
