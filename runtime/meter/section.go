package meter

import (
	"bytes"
	"fmt"
)

// Section numbers, core specification 5.5.2.
const (
	secCustom = iota
	secType
	secImport
	secFunction
	secTable
	secMemory
	secGlobal
	secExport
	secStart
	secElement
	secCode
	secData
	secDataCount
	sectionIDs
)

// sectionOrder is the order of sections in a module, custom ones aside.
var sectionOrder = [...]byte{
	secType, secImport, secFunction, secTable, secMemory, secGlobal,
	secExport, secStart, secElement, secDataCount, secCode, secData,
}

// rewriter reads a module section by section and holds what is to be written.
//
// Its safety rests on this: what it adds comes last in its index space (or,
// the imported function, is stepped over by every index of the guest), and
// every index of the guest is held against the guest's own count. So no module
// can name what was added, and an index that was out of range stays so.
type rewriter struct {
	types, funcs, globals, tables int // the guest's own, imported ones included
	memories                      int
	importedFuncs                 int
	params                        []uint32          // how many each type has
	signatures                    []int             // the types of the guest's functions
	helpers                       map[helper]uint32 // function index of those in use
	added                         []helper          // in the order of their indices
	sections                      [sectionIDs]section
	names                         *reader // the content of the name section
}

// section is what is written of one.
type section struct {
	present bool
	n       uint32 // how many elements, with those that are added
	body    []byte // the guest's; it may be part of the module, so never append to it
	added   []byte
}

var preamble = []byte("\x00asm\x01\x00\x00\x00")

func (m *rewriter) read(module []byte) error {
	r := &reader{buf: module}
	switch head := r.bytes(len(preamble)); {
	case head == nil || !bytes.Equal(head[:4], preamble[:4]):
		return fmt.Errorf("not a WebAssembly module")
	case !bytes.Equal(head, preamble):
		return fmt.Errorf("WebAssembly version %#x is not supported, only core modules of version 1 are", head[4:])
	}
	at := 0 // how many of sectionOrder are past
	for r.more() {
		id := r.byte()
		n := r.count(1)
		s := &reader{base: r.pos, buf: r.bytes(n)}
		if r.err != nil {
			break
		}
		if id == secCustom {
			if err := m.readCustom(s); err != nil {
				return err
			}
			continue
		}
		i := bytes.IndexByte(sectionOrder[at:], id)
		if i < 0 {
			return fmt.Errorf("at offset %#x: section %d is out of order or not supported", s.base, id)
		}
		at += i + 1
		m.sections[id].present = true
		if err := m.readSection(id, s); err != nil {
			return fmt.Errorf("section %d: %w", id, err)
		}
	}
	if r.err != nil {
		return r.err
	}
	if f, c := m.sections[secFunction].n, m.sections[secCode].n; f != c {
		return fmt.Errorf("%d functions are declared and %d have code", f, c)
	}
	return nil
}

func (m *rewriter) readSection(id byte, r *reader) error {
	switch id {
	case secType:
		m.readTypes(r)
	case secImport:
		m.readImports(r)
	case secFunction:
		m.readFunctions(r)
	case secTable:
		m.readTables(r)
	case secMemory:
		m.readMemories(r)
	case secGlobal:
		m.readGlobals(r)
	case secExport:
		m.readExports(r)
	case secStart:
		m.sections[id].body = m.appendFunc(nil, r)
	case secElement:
		m.readElements(r)
	case secDataCount:
		m.sections[id].n = r.u32()
	case secCode:
		m.readCode(r)
	case secData:
		m.readData(r)
	}
	return r.end()
}

// write puts the sections together, with what is added to each.
func (m *rewriter) write() ([]byte, error) {
	var names []byte
	if m.names != nil {
		var err error
		if names, err = m.renumberNames(m.names); err != nil {
			return nil, fmt.Errorf("name section: %w", err)
		}
	}
	m.addSections()
	size := len(preamble) + len(names) + 32
	for i := range m.sections {
		size += len(m.sections[i].body) + len(m.sections[i].added) + 16
	}
	out := append(make([]byte, 0, size), preamble...)
	for _, id := range sectionOrder {
		s := &m.sections[id]
		if !s.present {
			continue
		}
		var head []byte
		if id != secStart {
			head = appendU32(head, s.n)
		}
		out = appendU32(append(out, id), uint32(len(head)+len(s.body)+len(s.added)))
		out = append(append(append(out, head...), s.body...), s.added...)
	}
	if m.names != nil {
		out = append(out, secCustom)
		out = appendU32(out, uint32(len(nameSection)+1+len(names)))
		out = append(appendName(out, nameSection), names...)
	}
	return out, nil
}

// set gives a section its content.
func (m *rewriter) set(id, n int, body []byte) {
	m.sections[id].n, m.sections[id].body = uint32(n), body
}

// add adds an element to a section.
func (m *rewriter) add(id int, element []byte) {
	s := &m.sections[id]
	s.present = true
	s.n++
	s.added = append(s.added, element...)
}

// appendFunc copies the index of a function from r.
func (m *rewriter) appendFunc(out []byte, r *reader) []byte {
	return appendU32(out, m.shift(r.index(m.funcs, "function")))
}

// shift is the index that the guest's function i has after the rewrite, where
// the imported refill stands behind the guest's own imports.
func (m *rewriter) shift(i int) uint32 {
	if i >= m.importedFuncs {
		i++
	}
	return uint32(i)
}
