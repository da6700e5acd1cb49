package check

import (
	"errors"
	"io/fs"

	"go.starlark.net/starlark"
)

// t.note(name=value, …): keeps values for the fingerprints (e.note) and says
// nothing.
func (t *trial) doNote(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if len(args) > 0 {
		return nil, errors.New("note: want name=value")
	}
	for _, kw := range kwargs {
		if err := t.notes.SetKey(kw[0], kw[1]); err != nil {
			return nil, err
		}
	}
	return starlark.None, nil
}

// t.fail(text, guest=): the check has failed, and this is why.
func (t *trial) doFail(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	f := &failure{why: whyRule}
	var g, row starlark.Value
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "text", &f.text, "guest?", &g, "row?", &row); err != nil {
		return nil, err
	}
	f.guest = t.guestOf(g)
	if c, ok := asCall(row); ok {
		ref := c.Ref()
		f.row = &ref
	}
	return nil, f
}

// guestOf is the guest that a script names, or the only one there is.
func (t *trial) guestOf(v starlark.Value) *guest {
	if x, ok := v.(value); ok {
		if g, ok := x.object.(*guest); ok {
			return g
		}
	}
	if all := t.guestList(); len(all) == 1 {
		return all[0]
	}
	return nil
}

// t.that(condition, text, guest=): fails with the text if the condition does
// not hold.
func (t *trial) doThat(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var cond, g starlark.Value
	var text string
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "condition", &cond, "text", &text, "guest?", &g); err != nil {
		return nil, err
	}
	if cond.Truth() {
		return starlark.None, nil
	}
	return nil, &failure{why: whyRule, text: text, guest: t.guestOf(g)}
}

// t.equal(got, want, what, guest=): fails with both if they differ.
func (t *trial) doEqual(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var got, want, g starlark.Value
	what := "The result is wrong"
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "got", &got, "want", &want, "what?", &what, "guest?", &g); err != nil {
		return nil, err
	}
	same, err := starlark.Equal(got, want)
	if err != nil || same {
		return starlark.None, err
	}
	f := different(whyRule, what, []byte(shown(want)), []byte(shown(got)))
	f.guest = t.guestOf(g)
	return nil, f
}

// t.file(path): a file of the submission beside the programs, None if it is
// not there.
func (t *trial) doFile(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var path string
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "path", &path); err != nil {
		return nil, err
	}
	if t.run.sub.Files == nil || !fs.ValidPath(path) {
		return starlark.None, nil
	}
	info, err := fs.Stat(t.run.sub.Files, path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > gotMax {
		return starlark.None, nil
	}
	content, err := fs.ReadFile(t.run.sub.Files, path)
	if err != nil {
		return starlark.None, nil
	}
	return starlark.String(content), nil
}
