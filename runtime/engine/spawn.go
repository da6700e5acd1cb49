package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"socklab/host/abi"
	"socklab/host/sock"
	"socklab/host/sock/kernel"
	"socklab/host/sock/policy"
	"socklab/host/wasi"
	"socklab/runtime/meter"
)

// Limits of a child, beside those of its parent that it shares: the files'
// and the fuel, and the time, since it ends when its parent does.
const (
	childMemory      = 128 << 20 // bytes, or the parent's if that is less
	childDescriptors = 128
)

// tank is where the guest gets its fuel.
func (s *Spec) tank() *meter.Tank {
	if s.parent != nil {
		return s.parent.tank.Share()
	}
	return meter.NewTank(s.Limits.Fuel)
}

// spawner starts the guest's children; nil if it can have none.
func (i *Instance) spawner() wasi.Spawn {
	if i.spec.Shell == nil {
		return nil
	}
	return i.spawn
}

func (i *Instance) spawn(ctx, preparing context.Context, c wasi.Command) (wasi.Child, error) {
	shell, err := i.shell(preparing)
	if err != nil {
		return nil, err
	}
	limits := Limits{Memory: childMemory, Descriptors: childDescriptors}
	if m := i.limits.Memory; m > 0 {
		limits.Memory = min(limits.Memory, m)
	}
	stack := childStack{Stack: policy.New(kernel.New(), policy.Options{})}
	if i.spec.Stack != nil {
		stack.host = i.spec.Stack.Hostname()
	}
	ch, err := shell.Start(ctx, Spec{
		Name: i.spec.Name + ":sh", Args: []string{"sh", "-c", c.Line}, Env: append(slices.Clip(c.Env), "PWD="+c.Dir),
		Stack: stack, Stdin: c.Stdin, Stdout: c.Stdout, Stderr: c.Stderr,
		Limits: limits, parent: i, pipes: c.Pipes,
	})
	if err != nil {
		return nil, err
	}
	return child{ch}, nil
}

// shell is what runs command lines. The time that making it ready takes is not
// the guest's.
func (i *Instance) shell(ctx context.Context) (Module, error) {
	if i.wall == nil || !i.wall.Stop() {
		return i.spec.Shell(ctx)
	}
	began := time.Now()
	defer func() {
		i.limits.Wall += time.Since(began)
		i.wall.Reset(time.Until(i.began.Add(i.limits.Wall)))
	}()
	return i.spec.Shell(ctx)
}

// child is a shell as its parent's host calls see it.
type child struct{ *Instance }

// Exit tells how it ended.
func (c child) Exit() (code int, own bool, why string) {
	x := c.Wait()
	switch x.Why {
	case Exited:
		return x.Code, true, ""
	case Limited:
		if x.Limit == "fuel" { // which is its parent's
			c.spec.parent.end("")
		}
		why = fmt.Sprintf("the command passed the limit of %s", x.Limit)
	case Trapped, Broken:
		why = "the shell failed: " + x.Detail
	}
	return 0, false, why
}

// childStack is the network of a shell: none, but for the pipes inside it,
// whose ends have no names.
type childStack struct {
	sock.Stack
	host string
}

// Socket refuses.
func (childStack) Socket(abi.Family, abi.Type, abi.Protocol) (sock.Socket, abi.Errno) {
	return nil, abi.EACCES
}

// Hostname is the parent's.
func (s childStack) Hostname() string { return s.host }
