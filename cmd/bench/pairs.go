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
	start  int     // how much is asked at first
	scale  float64 // of nanoseconds for one, or of ones a nanosecond
	most   int     // in one round; 0: no limit
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

// starts is how often the programs are started anew: where their memory
// happens to lie in the machine's is worth some percent.
const starts = 3

// taken is what a measure has given so far.
type taken struct {
	figure
	measure
	n             int // how much is asked in a round
	native, guest []float64
}

// pairs measures one program, native and in the sandbox, against the same
// peer: on one core all together, or on two, with the peer on the other.
func (b *bencher) pairs(ctx context.Context, program string, cores int) error {
	var all []*taken
	for _, m := range measures {
		f := figure{Name: m.name, Of: program, Cores: cores, Target: m.target[program], Rate: m.rate, Unit: m.unit}
		if b.wanted(f) {
			all = append(all, &taken{figure: f, measure: m})
		}
	}
	if len(all) == 0 {
		return nil
	}
	for range starts {
		if err := b.pair(ctx, program, cores, all); err != nil {
			return fmt.Errorf("%s on %d: %w", program, cores, err)
		}
	}
	for _, t := range all {
		t.fill(t.native, t.guest)
		b.add(t.figure)
	}
	return nil
}

// pair starts both forms of a program and measures a part of the rounds.
func (b *bencher) pair(ctx context.Context, program string, cores int, all []*taken) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	peer, err := startRole(ctx, b.cpus[cores-1], "peer")
	if err != nil {
		return err
	}
	defer peer.stop()
	for _, args := range [][]string{
		{b.programs.native(program)},
		{b.socklab, "run", "--no-dir", b.programs.guest(program)},
	} {
		c, err := start(ctx, b.cpus[0], args[0], args[1:]...)
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
	for _, t := range all {
		if err := b.rounds(peer, t); err != nil {
			if cause := context.Cause(ctx); cause != nil {
				err = cause
			}
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	return nil
}

// rounds measures native and guest in turn.
func (b *bencher) rounds(peer *child, t *taken) error {
	once := func(target int) (time.Duration, error) {
		ns, err := peer.ask("%c %d %d", t.op, target, t.n)
		return time.Duration(ns), err
	}
	for enough := false; !enough; {
		if t.n == 0 {
			t.n = t.start
		}
		if _, err := once(1); err != nil { // which warms it up
			return err
		}
		took, err := once(0)
		if err != nil {
			return err
		}
		if enough = took*2 > b.round || t.most > 0 && 2*t.n > t.most; !enough {
			t.n *= 2
		}
	}
	for range max(b.count/starts, 1) {
		for i, to := range []*[]float64{&t.native, &t.guest} {
			took, err := once(i)
			if err != nil {
				return err
			}
			v := float64(took) / float64(t.n)
			if t.rate {
				v = 1 / v
			}
			*to = append(*to, v*t.scale)
		}
	}
	return nil
}
