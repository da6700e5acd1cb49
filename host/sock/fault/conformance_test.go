package fault

import (
	"testing"

	"socklab/host/abi"
	"socklab/host/sock"
	"socklab/host/sock/policy"
	"socklab/host/sock/socktest"
)

func TestConformanceWithoutRules(t *testing.T) {
	socktest.TestStack(t, func(t *testing.T) sock.Stack { return newFault(t) })
}

// Rules that are there, but whose time never comes, change nothing either;
// here where guests have them, under a policy.
func TestConformanceUnderAPolicy(t *testing.T) {
	never := Nth(1 << 30)
	asTheMachine := func(path string, _ bool) (string, func(), abi.Errno) { return path, nil, abi.OK }
	socktest.TestStack(t, func(t *testing.T) sock.Stack {
		f := newFault(t, Cut{[]int{1 << 30}}, Cap{Sizes{{1 << 30, 1 << 30}}}, SendCap{Sizes{{1 << 30, 1 << 30}}},
			Fail{Call: "recv", Which: never, Err: abi.EINTR}, Delay{"send", never, 1}, Reset{"recv", 1 << 30}, Stall{1 << 30},
			Datagram{Effect: Drop, Call: "send", Which: never}, Datagram{Effect: Dup, Call: "recv", Which: never})
		return policy.New(f, policy.Options{Resolve: asTheMachine})
	})
}
