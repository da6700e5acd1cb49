package fault

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// Sizes are numbers of bytes, one for each step, over and over; each one
// drawn from a range.
type Sizes []Range

// Range is the numbers from Lo to Hi.
type Range struct{ Lo, Hi int }

// String is the text form: 3, or 1-700, or several with commas.
func (s Sizes) String() string {
	parts := make([]string, len(s))
	for i, r := range s {
		parts[i] = r.String()
	}
	return strings.Join(parts, ",")
}

// String is the text form: 3, or 3-9.
func (r Range) String() string {
	if r.Lo == r.Hi {
		return strconv.Itoa(r.Lo)
	}
	return fmt.Sprintf("%d-%d", r.Lo, r.Hi)
}

func (s Sizes) check() error {
	if len(s) == 0 {
		return fmt.Errorf("it needs a number of bytes")
	}
	for _, r := range s {
		if r.Lo < 1 || r.Hi < r.Lo {
			return fmt.Errorf("%s is no number of bytes: a call that succeeds moves 1 at least", r)
		}
	}
	return nil
}

// at is the size of a step.
func (s Sizes) at(step int, rng *rand.Rand) int {
	r := s[step%len(s)]
	if r.Lo == r.Hi {
		return r.Lo
	}
	return r.Lo + rng.IntN(r.Hi-r.Lo+1)
}

func parseRange(s string) (Range, error) {
	lo, hi, both := strings.Cut(s, "-")
	if !both {
		hi = lo
	}
	a, err := number(lo)
	if err != nil {
		return Range{}, err
	}
	b, err := number(hi)
	if err != nil {
		return Range{}, err
	}
	if b < a {
		return Range{}, fmt.Errorf("%q counts backwards", s)
	}
	return Range{a, b}, nil
}

// number reads a number, with k for 1024 and m for 1024 times that.
func number(s string) (int, error) {
	digits, unit := s, 1
	switch {
	case strings.HasSuffix(s, "k"):
		digits, unit = s[:len(s)-1], 1<<10
	case strings.HasSuffix(s, "m"):
		digits, unit = s[:len(s)-1], 1<<20
	}
	n, err := strconv.ParseUint(digits, 10, 31)
	if err != nil || int(n)*unit > 1<<40 {
		return 0, fmt.Errorf("%q is not a number", s)
	}
	return int(n) * unit, nil
}

func parseSizes(v string) (sizes Sizes, err error) {
	for part := range strings.SplitSeq(v, ",") {
		r, err := parseRange(part)
		if err != nil {
			return nil, err
		}
		sizes = append(sizes, r)
	}
	return sizes, nil
}
