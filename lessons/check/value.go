package check

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"time"

	"go.starlark.net/starlark"
)

// This file is what the script's own types have in common.

// method is one verb of a script's object.
type method func(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error)

// object is what a script's own type must tell; embedding value does the
// rest.
type object interface {
	kind() string
	property(name string) (starlark.Value, error) // nil if there is no such
	properties() []string
	methods() map[string]method
}

func attr(o object, name string) (starlark.Value, error) {
	if m, ok := o.methods()[name]; ok {
		return starlark.NewBuiltin(name, func(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
			return m(b, args, kwargs)
		}), nil
	}
	return o.property(name)
}

func attrNames(o object) []string {
	names := slices.Clone(o.properties())
	for name := range o.methods() {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// value makes a Starlark value of an object.
type value struct{ object }

var _ starlark.HasAttrs = value{}

func (v value) String() string                           { return "<" + v.kind() + ">" }
func (v value) Type() string                             { return v.kind() }
func (v value) Freeze()                                  {}
func (v value) Truth() starlark.Bool                     { return true }
func (v value) Hash() (uint32, error)                    { return 0, fmt.Errorf("unhashable: %s", v.kind()) }
func (v value) Attr(name string) (starlark.Value, error) { return attr(v.object, name) }
func (v value) AttrNames() []string                      { return attrNames(v.object) }

// data is a parameter of bytes: a string or bytes.
type data []byte

func (d *data) Unpack(v starlark.Value) error {
	switch v := v.(type) {
	case starlark.String:
		*d = []byte(v)
	case starlark.Bytes:
		*d = []byte(v)
	default:
		return fmt.Errorf("got %s, want a string or bytes", v.Type())
	}
	return nil
}

// seconds is a parameter of time.
type seconds time.Duration

func (s *seconds) Unpack(v starlark.Value) error {
	f, ok := starlark.AsFloat(v)
	if !ok || math.IsNaN(f) || f < 0 || f > 60 {
		return fmt.Errorf("got %s, want seconds from 0 to 60", v)
	}
	*s = seconds(f * float64(time.Second))
	return nil
}

// words is a parameter of several strings; numbers are written out.
type words []string

func (w *words) Unpack(v starlark.Value) error {
	list, ok := v.(starlark.Iterable)
	if !ok {
		return fmt.Errorf("got %s, want a list", v.Type())
	}
	*w = words{}
	for x := range starlark.Elements(list) {
		switch x := x.(type) {
		case starlark.String:
			*w = append(*w, string(x))
		case starlark.Bytes:
			*w = append(*w, string(x))
		case starlark.Int:
			*w = append(*w, x.String())
		default:
			return fmt.Errorf("got a list with %s, want strings and numbers", x.Type())
		}
	}
	return nil
}

// pairs is a parameter that maps strings to strings or bytes.
type pairs map[string]string

func (p *pairs) Unpack(v starlark.Value) error {
	d, ok := v.(*starlark.Dict)
	if !ok {
		return fmt.Errorf("got %s, want a dict", v.Type())
	}
	*p = pairs{}
	for _, item := range d.Items() {
		var k, x data
		if k.Unpack(item[0]) != nil || x.Unpack(item[1]) != nil {
			return fmt.Errorf("want a dict of strings")
		}
		(*p)[string(k)] = string(x)
	}
	return nil
}

// shown is a value as it stands in a diagnosis.
func shown(v starlark.Value) string {
	switch v := v.(type) {
	case starlark.String:
		return string(v)
	case starlark.Bytes:
		return string(v)
	case starlark.Float:
		return strconv.FormatFloat(float64(v), 'f', -1, 64)
	}
	return v.String()
}

func millis(d time.Duration) starlark.Value { return starlark.MakeInt64(d.Milliseconds()) }

func strs(list []string) starlark.Value {
	all := make([]starlark.Value, len(list))
	for i, s := range list {
		all[i] = starlark.String(s)
	}
	return starlark.NewList(all)
}

func optional(ok bool, v starlark.Value) starlark.Value {
	if !ok {
		return starlark.None
	}
	return v
}
