package wasi

import (
	"context"
	"maps"
	"slices"
	"time"

	"socklab/host/abi"
	"socklab/host/sock"
)

// waitPID waits for a child.
func waitPID(ctx context.Context, p *Process, f *frame) abi.Errno {
	pid, options := f.num[0], f.num[1]
	if options&^abi.WNOHANG != 0 || pid == 0 || pid < -1 {
		return abi.EINVAL
	}
	c := p.children[pid]
	if pid == -1 {
		pid, c = p.anyChild(ctx, options)
	}
	switch {
	case c == nil && pid == -1 && len(p.children) > 0:
		if ctx.Err() != nil {
			return abi.EINTR
		}
		f.num[2], f.num[3] = 0, 0
		return abi.OK
	case c == nil:
		return abi.ECHILD
	case options&abi.WNOHANG != 0 && c.running():
		f.num[2], f.num[3] = 0, 0
		return abi.OK
	}
	if !await(ctx, c.Done()) {
		return abi.EINTR
	}
	status, why := c.status()
	if why != "" && p.cfg.Explain != nil {
		p.cfg.Explain("waitpid", abi.OK, why)
	}
	f.num[2], f.num[3] = pid, int32(status)
	delete(p.children, pid)
	return abi.OK
}

// anyChild is a child that has ended, if need be the next one that does; nil
// if there is none.
func (p *Process) anyChild(ctx context.Context, options int32) (int32, *child) {
	for {
		for _, pid := range slices.Sorted(maps.Keys(p.children)) {
			if c := p.children[pid]; !c.running() {
				return pid, c
			}
		}
		if options&abi.WNOHANG != 0 || len(p.children) == 0 {
			return -1, nil
		}
		some, stop := context.WithCancel(ctx)
		for _, c := range p.children {
			go func() {
				select {
				case <-c.Done():
					stop()
				case <-some.Done():
				}
			}()
		}
		await(ctx, some.Done())
		stop()
		if ctx.Err() != nil {
			return -1, nil
		}
	}
}

// await waits for a channel to be closed; false if ctx ended before.
func await(ctx context.Context, done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
	}
	began := time.Now()
	defer func() { sock.WaitClockOf(ctx).Add(time.Since(began)) }()
	select {
	case <-done:
		return true
	case <-ctx.Done():
		return false
	}
}

// kill ends a child, or asks whether there is one.
func kill(_ context.Context, p *Process, f *frame) abi.Errno {
	c := p.children[f.num[0]]
	switch {
	case c == nil:
		return abi.ESRCH
	case f.num[1] < 0 || f.num[1] > 64:
		return abi.EINVAL
	case f.num[1] != 0 && c.running():
		c.signal = int(f.num[1])
		c.Kill()
	}
	return abi.OK
}

// endChildren ends what a guest has left running, and waits for it: children
// use their parent's files.
func (p *Process) endChildren() {
	for _, c := range p.children {
		c.cancel()
		c.Kill()
	}
	for _, c := range p.children {
		<-c.Done()
	}
}
