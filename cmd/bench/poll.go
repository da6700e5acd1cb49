package main

import (
	"context"
	"strconv"
)

// poll measures poll_oneoff over a thousand idle sockets and one that is
// ready against the same over ten.
func (b *bencher) poll(ctx context.Context) error {
	f := figure{Name: "poll_oneoff, 1,000 idle to 10", Of: "poll", Cores: 1, Unit: "µs", Note: "native: over ten"}
	if !b.wanted(f) {
		return nil
	}
	const questions = 500
	c, err := start(ctx, b.cpus[0], b.socklab, "run", "--no-dir", b.programs.guest("poll"), strconv.Itoa(b.count), strconv.Itoa(questions))
	if err != nil {
		return err
	}
	defer c.stop()
	var few, many []float64
	for range b.count {
		var a, z float64 // nanoseconds
		if err := c.line(&a, &z); err != nil {
			return err
		}
		few, many = append(few, a/1e3), append(many, z/1e3)
	}
	f.fill(few, many)
	b.add(f)
	return nil
}
