package fault

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Cut ends a receive of a stream at each of the offsets: no receive returns
// bytes from both sides of one.
type Cut struct{ Offsets []int }

// String is the text form: cut=10,20.
func (r Cut) String() string {
	parts := make([]string, len(r.Offsets))
	for i, n := range r.Offsets {
		parts[i] = strconv.Itoa(n)
	}
	return "cut=" + strings.Join(parts, ",")
}

// Licence says why.
func (Cut) Licence() string {
	return "a stream has no message boundaries: it may arrive in any pieces"
}

func (r Cut) check() error {
	if len(r.Offsets) == 0 {
		return fmt.Errorf("it needs an offset")
	}
	for i, n := range r.Offsets {
		if n < 1 || i > 0 && n <= r.Offsets[i-1] {
			return fmt.Errorf("offsets are counted from 1 and go up")
		}
	}
	return nil
}

func (r Cut) attach(s *socket) effect {
	if !s.stream {
		return nil
	}
	return &cutter{idle{r, s}, r.Offsets}
}

type cutter struct {
	idle
	offsets []int
}

func (e *cutter) limit(c *call, n int) int {
	if c.op != opRecv {
		return n
	}
	at := int(c.s.received)
	i, _ := slices.BinarySearch(e.offsets, at+1)
	if i == len(e.offsets) {
		return n
	}
	return min(n, e.offsets[i]-at)
}

func parseCut(v string) (Rule, error) {
	var r Cut
	for part := range strings.SplitSeq(v, ",") {
		n, err := number(part)
		if err != nil {
			return nil, err
		}
		r.Offsets = append(r.Offsets, n)
	}
	return r, nil
}
