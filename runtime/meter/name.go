package meter

// nameSection is the custom section that stack traces take names from,
// core specification appendix A.4.1.
const nameSection = "name"

const (
	namesModule    = 0
	namesFunctions = 1
	namesLocals    = 2
	namesLabels    = 3
)

// readCustom keeps the name section for later, when all indices are known, and
// drops any other.
func (m *rewriter) readCustom(r *reader) error {
	if string(r.name()) == nameSection && r.err == nil {
		if m.names != nil {
			r.fail("a second name section")
		}
		m.names = r
	}
	return r.err
}

// renumberNames returns the content of the name section with the functions'
// new indices, and names for the functions that were added.
func (m *rewriter) renumberNames(r *reader) ([]byte, error) {
	out := make([]byte, 0, r.left()+r.left()/8+64)
	for r.more() {
		id := r.byte()
		n := r.count(1)
		s := &reader{base: r.base + r.pos, buf: r.bytes(n)}
		body := s.buf
		switch id {
		case namesModule:
			s.name()
		case namesFunctions:
			body = m.renumberMap(s, m.added, func() { s.name() })
		case namesLocals, namesLabels:
			body = m.renumberMap(s, nil, func() {
				for i := s.count(2); i > 0 && s.err == nil; i-- {
					s.u32()
					s.name()
				}
			})
		default: // of things whose indices stay as they are
			s.pos = len(s.buf)
		}
		if err := s.end(); err != nil {
			return nil, err
		}
		out = appendU32(append(out, id), uint32(len(body)))
		out = append(out, body...)
	}
	return out, r.err
}

// renumberMap copies a map from functions to whatever skip passes over, and
// adds the names of the helpers given.
func (m *rewriter) renumberMap(r *reader, added []helper, skip func()) []byte {
	n := r.count(2)
	out := appendU32(make([]byte, 0, r.left()+r.left()/8+64), uint32(n+len(added)))
	for i := 0; i < n && r.err == nil; i++ {
		f := r.u32()
		from := r.pos
		skip()
		out = appendU32(out, m.shift(int(f)))
		out = append(out, r.buf[from:r.pos]...)
	}
	for _, h := range added {
		out = appendU32(out, m.helpers[h])
		out = appendName(out, ImportModule+"."+h.String())
	}
	return out
}
