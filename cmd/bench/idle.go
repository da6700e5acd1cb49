package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"socklab/host/abi"
	"socklab/host/sock"
	"socklab/host/sock/kernel"
	"socklab/host/sock/policy"
	"socklab/runtime/engine"
)

// idle measures many guests in one process, each blocked in accept: the
// memory of one, and the threads of the process.
func (b *bencher) idle(ctx context.Context) error {
	f := figure{Name: "idle guests, memory of each", Of: "bsd", Unit: "MiB"}
	if !b.wanted(f) {
		return nil
	}
	c, err := startRole(ctx, b.cpus[0], "idle", b.programs.guest("bsd"), strconv.Itoa(b.guests))
	if err != nil {
		return err
	}
	defer c.stop()
	var r idleResult
	if err := json.NewDecoder(c.out).Decode(&r); err != nil {
		return fmt.Errorf("idle: %w", err)
	}
	f.Guest = r.MiB
	f.Note = fmt.Sprintf("%d guests blocked in accept; threads of the process: %d before, %d with them; started at %.0f a second", b.guests, r.Before, r.Threads, r.PerSecond)
	b.add(f)
	return nil
}

type idleResult struct {
	MiB             float64 // of each guest
	Before, Threads int     // of the process
	PerSecond       float64 // how many were started
}

// idleRole starts guests until all are blocked in accept, and prints what
// that takes.
func idleRole(args []string) error {
	code, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	count, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	e, err := engine.New(ctx, engine.Options{})
	if err != nil {
		return err
	}
	m, err := e.Load(ctx, code, engine.Compiled)
	if err != nil {
		return err
	}
	var waiting waiters
	waiting.all = make(chan struct{})
	waiting.left.Store(int64(count))
	var before, after usage
	if err := before.read(); err != nil {
		return err
	}
	begin := time.Now()
	for range count {
		_, err := m.Start(ctx, engine.Spec{Args: []string{"bsd"}, Stack: waiting.on(policy.New(kernel.New(), policy.Options{}))})
		if err != nil {
			return err
		}
	}
	select {
	case <-waiting.all:
	case <-ctx.Done():
		return fmt.Errorf("%d of %d guests have not come to accept", waiting.left.Load(), count)
	}
	took := time.Since(begin)
	if err := after.read(); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(idleResult{
		MiB:    float64(after.kib-before.kib) / 1024 / float64(count),
		Before: before.threads, Threads: after.threads,
		PerSecond: float64(count) / took.Seconds(),
	})
}

// waiters tells when all guests have come to accept, which their standard
// output cannot and a trace would pay for.
type waiters struct {
	left atomic.Int64
	all  chan struct{}
}

func (w *waiters) on(s sock.Stack) sock.Stack { return &waitStack{sock.StackLayer{Stack: s}, w} }

type waitStack struct {
	sock.StackLayer
	w *waiters
}

func (s *waitStack) Socket(family abi.Family, typ abi.Type, proto abi.Protocol) (sock.Socket, abi.Errno) {
	under, err := s.Stack.Socket(family, typ, proto)
	if err != abi.OK {
		return nil, err
	}
	return &waitSocket{sock.SocketLayer{Socket: under}, s.w}, abi.OK
}

type waitSocket struct {
	sock.SocketLayer
	w *waiters
}

func (s *waitSocket) Accept(ctx context.Context) (sock.Socket, abi.Sockaddr, abi.Errno) {
	if s.w.left.Add(-1) == 0 {
		close(s.w.all)
	}
	return s.SocketLayer.Accept(ctx)
}

// usage is what this process has.
type usage struct{ kib, threads int }

// read reads it, with the garbage gone. Source: proc_pid_status(5).
func (u *usage) read() error {
	debug.FreeOSMemory()
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(b)) {
		key, value, _ := strings.Cut(line, ":")
		switch key {
		case "VmRSS":
			_, err = fmt.Sscan(value, &u.kib)
		case "Threads":
			_, err = fmt.Sscan(value, &u.threads)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
