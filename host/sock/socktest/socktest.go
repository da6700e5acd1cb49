// Package socktest is the conformance suite of sock.Stack: what any Stack
// must do, kernel sockets or decorated ones, one sentence a case. The
// sentences are Linux's behaviour, and say where another system may differ.
//
// It makes no fixed port and never sleeps to wait for something; each case
// has a context that ends, so that a call that hangs fails instead.
package socktest

import (
	"context"
	"testing"
	"time"

	"socklab/host/abi"
	"socklab/host/sock"
)

// Options say what a Stack does otherwise.
type Options struct {
	// UnixDir is a folder, as guests of the Stack name it, that AF_UNIX paths
	// can be bound in. Empty: a temporary folder of the machine.
	UnixDir string
	// LongPaths says that AF_UNIX paths above 107 bytes can be bound.
	LongPaths bool
	// MappedIPv6 says that IPv6 travels as IPv4 underneath, and so its
	// datagrams have IPv4's limit.
	MappedIPv6 bool
}

// TestStack runs every case, each on a Stack of its own.
func TestStack(t *testing.T, new func(t *testing.T) sock.Stack, options ...Options) {
	var o Options
	for _, o = range options {
	}
	for _, subject := range subjects {
		t.Run(subject.name, func(t *testing.T) {
			for _, c := range subject.cases() {
				t.Run(c.sentence, func(t *testing.T) {
					ctx, cancel := context.WithTimeout(context.Background(), patience)
					t.Cleanup(cancel)
					c.run(&T{T: t, Stack: new(t), ctx: ctx, o: o})
				})
			}
		})
	}
}

// patience is how long a case may take. None takes a tenth of it.
const patience = 20 * time.Second

var subjects = []struct {
	name  string
	cases func() []testCase
}{
	{"socket", socketCases},
	{"closed", closedCases},
	{"bind", bindCases},
	{"listen", listenCases},
	{"accept", acceptCases},
	{"connect", connectCases},
	{"stream", streamCases},
	{"full", fullCases},
	{"shutdown", shutdownCases},
	{"datagram", datagramCases},
	{"seqpacket", seqpacketCases},
	{"unix", unixCases},
	{"message", messageCases},
	{"told", toldCases},
	{"flags", flagCases},
	{"options", optionCases},
	{"timeout", timeoutCases},
	{"interrupt", interruptCases},
	{"poll", pollCases},
	{"info", infoCases},
	{"names", nameCases},
}

// testCase is one sentence and its proof.
type testCase struct {
	sentence string
	run      func(*T)
}

// T is what a case works with. Sockets that its methods make are closed at
// the end.
type T struct {
	*testing.T
	Stack sock.Stack
	ctx   context.Context
	o     Options
	dir   string
}

// each makes a case for every one of the given families.
func each(sentence string, run func(t *T, f abi.Family), families ...abi.Family) (cases []testCase) {
	for _, f := range families {
		cases = append(cases, testCase{f.Name() + ": " + sentence, func(t *T) {
			t.need(f)
			run(t, f)
		}})
	}
	return cases
}

const (
	inet  = abi.AF_INET
	inet6 = abi.AF_INET6
	unix  = abi.AF_UNIX

	stream    = abi.SOCK_STREAM
	dgram     = abi.SOCK_DGRAM
	seqpacket = abi.SOCK_SEQPACKET
)

var none abi.Sockaddr
