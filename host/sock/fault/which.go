package fault

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Which says which of the guest's calls, or datagrams, of a kind a rule
// meets, counted from 1. The zero value is all.
type Which struct {
	Nth     []Range
	Percent int // 1 to 100: so many of a hundred, by chance
}

// Nth is the ones with these numbers.
func Nth(n ...int) Which {
	var w Which
	for _, n := range n {
		w.Nth = append(w.Nth, Range{n, n})
	}
	return w
}

// String is the text form: 2, 3-9, 1/4/6, 20%, or *.
func (w Which) String() string {
	switch {
	case w.Percent != 0:
		return strconv.Itoa(w.Percent) + "%"
	case len(w.Nth) == 0:
		return "*"
	}
	parts := make([]string, len(w.Nth))
	for i, r := range w.Nth {
		parts[i] = r.String()
	}
	return strings.Join(parts, "/")
}

func (w Which) check() error {
	if w.Percent < 0 || w.Percent > 100 || w.Percent != 0 && len(w.Nth) > 0 {
		return fmt.Errorf("%d%% is no share of calls", w.Percent)
	}
	for _, r := range w.Nth {
		if r.Lo < 1 || r.Hi < r.Lo {
			return fmt.Errorf("%s: calls are counted from 1", r)
		}
	}
	return nil
}

// hits reports whether the nth one is meant.
func (w Which) hits(nth int64, f *Fault) bool {
	if w.Percent != 0 {
		return f.chance(100) < w.Percent
	}
	return len(w.Nth) == 0 || slices.ContainsFunc(w.Nth, func(r Range) bool {
		return int64(r.Lo) <= nth && nth <= int64(r.Hi)
	})
}

func parseWhich(s string) (w Which, err error) {
	if s == "*" {
		return w, nil
	}
	if digits, ok := strings.CutSuffix(s, "%"); ok {
		if w.Percent, err = number(digits); err != nil || w.Percent < 1 || w.Percent > 100 {
			return w, fmt.Errorf("%q is no share of calls", s)
		}
		return w, nil
	}
	for part := range strings.SplitSeq(s, "/") {
		r, err := parseRange(part)
		if err != nil {
			return w, err
		}
		w.Nth = append(w.Nth, r)
	}
	return w, nil
}
