package main

import (
	"fmt"
	"io"
	"net/netip"
	"os"
	"sync"
	"time"

	"socklab/host/sock"
	"socklab/host/sock/kernel"
	"socklab/host/sock/policy"
	"socklab/host/sock/retain"
	"socklab/host/trace"
	"socklab/runtime/engine"
)

// runner holds what one `socklab run` stands on, for all instances that a
// watch starts.
type runner struct {
	console
	flags  runFlags
	mounts []engine.Mount
	args   []string
	work   *workshop

	stack    sock.Stack
	retain   *retain.Retain // of a watch: keeps the listening sockets
	paths    *engine.Paths
	recorder trace.Recorder
	closers  []io.Closer
}

// prepare makes the stack and the recorder that the flags ask for.
func (r *runner) prepare() error {
	o := policy.Options{}
	for _, door := range r.flags.allow {
		d, err := policy.ParseDoor(door)
		if err != nil {
			return usageError("--allow-connect: "+err.Error(), "for example: --allow-connect example.org:80")
		}
		o.Doors = append(o.Doors, d)
	}
	if a := r.flags.listenOn; a != "" {
		addr, err := netip.ParseAddr(a)
		if err != nil {
			return usageError(fmt.Sprintf("--listen-on: %q is not an IP address", a), "0.0.0.0 opens every interface of this machine")
		}
		o.ListenOn = addr
	}
	r.paths = &engine.Paths{}
	o.Resolve = r.paths.Resolve
	under, err := r.withFaults(kernel.New())
	if err != nil {
		return err
	}
	r.stack = policy.New(under, o)
	if r.flags.watch {
		r.retain = retain.New(r.stack)
		r.stack = r.retain
	}

	var all recorders
	switch {
	case r.flags.trace && r.flags.json:
		all = append(all, trace.NewLines(r.err))
	case r.flags.trace:
		all = append(all, &textRecorder{w: r.err, since: time.Now()})
	}
	if name := r.flags.traceFile; name != "" {
		f, err := os.Create(name)
		if err != nil {
			return usageError("--trace-file: " + err.Error())
		}
		r.closers = append(r.closers, f)
		all = append(all, trace.NewLines(f))
	}
	switch len(all) {
	case 0:
	case 1:
		r.recorder = all[0]
	default:
		r.recorder = all
	}
	return nil
}

func (r *runner) close() {
	for _, c := range r.closers {
		c.Close()
	}
}

// recorders give each event to all.
type recorders []trace.Recorder

func (rs recorders) Record(e trace.Event) {
	for _, r := range rs {
		r.Record(e)
	}
}

// textRecorder prints calls as strace does: each when it has ended.
type textRecorder struct {
	mu    sync.Mutex
	w     io.Writer
	since time.Time
}

func (t *textRecorder) Record(e trace.Event) {
	if e.Kind == trace.Enter {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	io.WriteString(t.w, e.Text(t.since)+"\n")
}
