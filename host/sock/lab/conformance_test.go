package lab

import (
	"testing"

	"socklab/host/abi"
	"socklab/host/sock"
	"socklab/host/sock/socktest"
)

func TestConformance(t *testing.T) {
	asTheMachine := func(path string, _ bool) (string, func(), abi.Errno) { return path, nil, abi.OK }
	socktest.TestStack(t, func(t *testing.T) sock.Stack {
		return newLab(t).Stack("guest", asTheMachine)
	}, socktest.Options{MappedIPv6: true})
}
