package check

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"time"

	"socklab/host/abi"
	"socklab/host/sock"
	"socklab/host/sock/kernel"
	"socklab/host/sock/local"
	"socklab/runtime/engine"
)

// Bare is a Program that is an ordinary process of this machine, for
// measuring what the sandbox costs: see Options.Bare. It makes the command
// for the program's arguments.
type Bare func(ctx context.Context, args []string) *exec.Cmd

// Start starts the process.
func (b Bare) Start(ctx context.Context, s engine.Spec) (Guest, error) {
	cmd := b(ctx, s.Args)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = s.Stdin, s.Stdout, s.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		err := cmd.Wait()
		p.exit = engine.Exit{Why: engine.Exited, Code: cmd.ProcessState.ExitCode()}
		var failed *exec.ExitError
		switch {
		case p.exit.Code < 0: // by a signal: ours
			p.exit = engine.Exit{Why: engine.Killed}
		case err != nil && !errors.As(err, &failed):
			p.exit = engine.Exit{Why: engine.Broken, Detail: err.Error()}
		}
	}()
	return p, nil
}

type process struct {
	cmd  *exec.Cmd
	done chan struct{}
	exit engine.Exit
}

func (p *process) Done() <-chan struct{} { return p.done }
func (p *process) Wait() engine.Exit     { <-p.done; return p.exit }
func (p *process) Kill()                 { p.cmd.Process.Kill() }

// network is what a trial asks of its lab.
type network interface {
	Stack(guest string, resolve local.Resolver) sock.Stack
	Peer() sock.Stack
	FreePort(lo, hi int) (int, error)
	Close()
}

// machine is the machine's own loopback.
type machine struct{ stack *kernel.Stack }

func (m machine) Stack(string, local.Resolver) sock.Stack { return m.stack }
func (m machine) Peer() sock.Stack                        { return m.stack }
func (m machine) Close()                                  {}

// FreePort draws a port that can be bound.
func (m machine) FreePort(lo, hi int) (int, error) {
	for range 1000 {
		port := lo + rand.IntN(hi-lo+1)
		if bindable(m.stack, port) {
			return port, nil
		}
	}
	return 0, errors.New("no free port")
}

func bindable(k sock.Stack, port int) bool {
	s, errno := k.Socket(abi.AF_INET, abi.SOCK_STREAM, 0)
	if errno != abi.OK {
		return false
	}
	defer s.Close()
	return s.Bind(loopback(port)) == abi.OK
}

// bareListening waits until a process listens at a port.
func (t *trial) bareListening(g *guest, port int) error {
	return t.await(wait{what: fmt.Sprintf("waiting for the program to listen at port %d", port), doing: "listen", guest: g}, func() (bool, error) {
		if listens(port) {
			return true, nil
		}
		t.nap(time.Millisecond, g.inst.Done())
		return false, nil
	})
}
