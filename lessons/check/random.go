package check

import (
	"errors"
	"fmt"
	"strings"

	"go.starlark.net/starlark"
)

// random is a script's t.rand: all chance comes from the report's seed, so
// that a check can be run again as it was.
type random struct{ t *trial }

func (r *random) kind() string                                 { return "rand" }
func (r *random) properties() []string                         { return nil }
func (r *random) property(name string) (starlark.Value, error) { return nil, nil }

func (r *random) methods() map[string]method {
	return map[string]method{"int": r.int, "pick": r.pick, "shuffle": r.shuffle, "bytes": r.bytes, "word": r.word, "text": r.text}
}

// rand.int(a, b): a number from a to b, both included.
func (r *random) int(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var lo, hi int
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "a", &lo, "b", &hi); err != nil {
		return nil, err
	}
	if hi < lo || hi-lo > 1<<30 {
		return nil, fmt.Errorf("int: no number from %d to %d", lo, hi)
	}
	return starlark.MakeInt(lo + r.t.rand.IntN(hi-lo+1)), nil
}

// rand.pick(list): one of them.
func (r *random) pick(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	list, err := r.list(b, args, kwargs)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, errors.New("pick: from nothing")
	}
	return list[r.t.rand.IntN(len(list))], nil
}

// rand.shuffle(list): a new list, in another order.
func (r *random) shuffle(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	list, err := r.list(b, args, kwargs)
	if err != nil {
		return nil, err
	}
	r.t.rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return starlark.NewList(list), nil
}

func (r *random) list(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) ([]starlark.Value, error) {
	var from starlark.Iterable
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "list", &from); err != nil {
		return nil, err
	}
	var list []starlark.Value
	for v := range starlark.Elements(from) {
		list = append(list, v)
	}
	return list, nil
}

// rand.bytes(n): n bytes, each of any value.
func (r *random) bytes(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	n, err := r.size(b, args, kwargs)
	if err != nil {
		return nil, err
	}
	s := make([]byte, n)
	for i := range s {
		s[i] = byte(r.t.rand.IntN(256))
	}
	return starlark.String(s), nil
}

// rand.word(n): n small letters.
func (r *random) word(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	n, err := r.size(b, args, kwargs)
	if err != nil {
		return nil, err
	}
	return starlark.String(r.letters(n)), nil
}

func (r *random) letters(n int) string {
	s := make([]byte, n)
	for i := range s {
		s[i] = byte('a' + r.t.rand.IntN(26))
	}
	return string(s)
}

// rand.text(n): n bytes of words with blanks between, neither first nor last.
func (r *random) text(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	n, err := r.size(b, args, kwargs)
	if err != nil {
		return nil, err
	}
	var s strings.Builder
	for s.Len() < n {
		if s.Len() > 0 {
			s.WriteByte(' ')
		}
		s.WriteString(r.letters(2 + r.t.rand.IntN(8)))
	}
	text := s.String()[:n]
	if strings.HasSuffix(text, " ") {
		text = text[:n-1] + "x"
	}
	return starlark.String(text), nil
}

func (r *random) size(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (int, error) {
	n := 0
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "n", &n); err != nil {
		return 0, err
	}
	if n < 0 || n > 64<<20 {
		return 0, fmt.Errorf("%s: %d bytes", b.Name(), n)
	}
	return n, nil
}
