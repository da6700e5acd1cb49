package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// child is a process that this one has started, on one processor, and talks
// with: a measured program, or this one in another role.
type child struct {
	name string
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
}

// start starts a child, which ends with ctx, or with stop.
func start(ctx context.Context, cpu int, name string, args ...string) (*child, error) {
	c := &child{name: name, cmd: exec.CommandContext(ctx, name, args...)}
	c.cmd.Stderr = os.Stderr
	c.cmd.WaitDelay = time.Second
	var err error
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.out = bufio.NewReader(out)
	if err := startOn(cpu, c.cmd); err != nil {
		return nil, err
	}
	return c, nil
}

// startRole starts this program in another role.
func startRole(ctx context.Context, cpu int, role string, args ...string) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return start(ctx, cpu, self, append([]string{rolePrefix + role}, args...)...)
}

// line reads a line of the child's output into values.
func (c *child) line(to ...any) error {
	line, err := c.out.ReadString('\n')
	if err == nil {
		_, err = fmt.Sscan(line, to...)
	}
	if err != nil {
		return fmt.Errorf("%s: %q: %w", c.name, strings.TrimSpace(line), err)
	}
	return nil
}

// ask writes a line to the child and reads one number in answer.
func (c *child) ask(format string, args ...any) (n int64, err error) {
	if _, err := fmt.Fprintf(c.in, format+"\n", args...); err != nil {
		return 0, fmt.Errorf("%s: %w", c.name, err)
	}
	return n, c.line(&n)
}

// watch ends everything, by cancel, if the child ends before it is stopped.
// Its output is not read from here on.
func (c *child) watch(cancel context.CancelCauseFunc) {
	go func() {
		err := c.cmd.Wait()
		cancel(fmt.Errorf("%s has ended: %v", strings.Join(c.cmd.Args, " "), err))
	}()
}

// stop ends the child.
func (c *child) stop() {
	c.in.Close()
	c.cmd.Process.Kill()
}
