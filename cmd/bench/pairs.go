package main

import (
	"context"
	"fmt"
	"time"

	"socklab/guests/bench"
)

// measure is one thing that is asked of both forms of a program in turn.
type measure struct {
	name   string
	op     byte
	rate   bool
	unit   string
	start  int     // what calibration begins with, and its unit of work
	scale  float64 // from a rate of start's unit per nanosecond, or time per unit, to unit
	most   int     // 0: no limit
	target map[string]float64
}

var measures = []measure{
	{name: "echo round trip, 64 bytes", op: bench.Echo, unit: "µs", start: 100, scale: 1e-3,
		target: map[string]float64{"bsd": 1.15, "net": 1.4}},
	{name: "bulk to the program", op: bench.Receive, rate: true, unit: "MB/s", start: 4 << 20, scale: 1e3,
		target: map[string]float64{"bsd": 0.9, "net": 0.85}},
	{name: "bulk from the program", op: bench.Send, rate: true, unit: "MB/s", start: 4 << 20, scale: 1e3,
		target: map[string]float64{"bsd": 0.9, "net": 0.85}},
	{name: "connections accepted", op: bench.Accept, rate: true, unit: "/s", start: 100, scale: 1e9, most: 3000,
		target: map[string]float64{"bsd": 0.95, "net": 0.8}},
	{name: "connections dialed", op: bench.Dial, rate: true, unit: "/s", start: 100, scale: 1e9, most: 3000,
		target: map[string]float64{"bsd": 0.95, "net": 0.8}},
}

// pairs measures one program, native and in the sandbox, against the same
// peer: on one core all together, or on two, with the peer on the other.
func (b *bencher) pairs(ctx context.Context, program string, cores int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	near, far := b.cpus[0], b.cpus[cores-1]
	peer, err := startRole(ctx, far, "peer")
	if err != nil {
		return err
	}
	defer peer.stop()
	for _, args := range [][]string{
		{b.programs.native(program)},
		{b.socklab, "run", "--no-dir", b.programs.guest(program)},
	} {
		c, err := start(ctx, near, args[0], args[1:]...)
		if err != nil {
			return err
		}
		defer c.stop()
		var control, callers int
		if err := c.line(&control, &callers); err != nil {
			return err
		}
		c.watch(cancel)
		if _, err := peer.ask("target %d %d", control, callers); err != nil {
			return err
		}
	}
	for _, m := range measures {
		f := figure{Name: m.name, Of: program, Cores: cores, Target: m.target[program], Rate: m.rate, Unit: m.unit}
		if !b.wanted(f) {
			continue
		}
		if err := b.pair(peer, m, &f); err != nil {
			if cause := context.Cause(ctx); cause != nil {
				err = cause
			}
			return fmt.Errorf("%s of %s on %d: %w", m.name, program, cores, err)
		}
		b.add(f)
	}
	return nil
}

// pair measures native and guest in turn.
func (b *bencher) pair(peer *child, m measure, f *figure) error {
	once := func(target, n int) (float64, error) {
		ns, err := peer.ask("%c %d %d", m.op, target, n)
		if m.rate {
			return float64(n) / float64(ns) * m.scale, err
		}
		return float64(ns) / float64(n) * m.scale, err
	}
	n, err := b.enough(m, func(n int) (time.Duration, error) {
		if _, err := once(1, n); err != nil { // which warms it up
			return 0, err
		}
		ns, err := peer.ask("%c %d %d", m.op, 0, n)
		return time.Duration(ns), err
	})
	if err != nil {
		return err
	}
	var native, guest []float64
	for range b.rounds {
		a, err := once(0, n)
		if err != nil {
			return err
		}
		c, err := once(1, n)
		if err != nil {
			return err
		}
		native, guest = append(native, a), append(guest, c)
	}
	f.fill(native, guest)
	return nil
}

// enough is how much of something takes the time that a round is to take.
func (b *bencher) enough(m measure, run func(n int) (time.Duration, error)) (int, error) {
	for n := m.start; ; n *= 2 {
		took, err := run(n)
		if err != nil {
			return 0, err
		}
		if m.most > 0 && 2*n > m.most || took*2 > b.round {
			return n, nil
		}
	}
}
