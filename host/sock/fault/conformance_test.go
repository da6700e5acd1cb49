package fault

import (
	"testing"

	"socklab/host/sock"
	"socklab/host/sock/socktest"
)

func TestConformanceWithoutRules(t *testing.T) {
	socktest.TestStack(t, func(t *testing.T) sock.Stack { return newFault(t) })
}
