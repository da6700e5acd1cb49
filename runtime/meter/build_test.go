package meter

import "bytes"

// builder puts a module together, for tests. Code is given as opcodes and
// immediates.
type builder struct {
	n       [sectionIDs]uint32
	content [sectionIDs][]byte
	funcs   int
	custom  []byte
}

const (
	none = ""
	i32s = "\x7f"
	i64s = "\x7e"
)

// op joins opcodes, given as numbers of one byte each, and code.
func op(code ...any) []byte {
	var out []byte
	for _, c := range code {
		switch c := c.(type) {
		case int:
			out = append(out, byte(c))
		case []byte:
			out = append(out, c...)
		case string:
			out = append(out, c...)
		}
	}
	return out
}

func (b *builder) add(id int, element []byte) int {
	b.content[id] = append(b.content[id], element...)
	b.n[id]++
	return int(b.n[id]) - 1
}

func (b *builder) typ(params, results string) int {
	return b.add(secType, op(0x60, len(params), params, len(results), results))
}

func (b *builder) imported(module, name string, kind int, desc ...any) {
	b.add(secImport, op(appendName(nil, module), appendName(nil, name), kind, op(desc...)))
	if kind == 0 {
		b.funcs++
	}
}

// fn adds a function, whose code gets its end here, and returns its index.
func (b *builder) fn(params, results, locals string, code ...any) int {
	b.add(secFunction, appendU32(nil, uint32(b.typ(params, results))))
	body := []byte{byte(len(locals))}
	for _, l := range []byte(locals) {
		body = append(body, 1, l)
	}
	body = append(append(body, op(code...)...), opEnd)
	b.add(secCode, op(appendU32(nil, uint32(len(body))), body))
	b.funcs++
	return b.funcs - 1
}

func (b *builder) export(name string, kind, index int) {
	b.add(secExport, op(appendName(nil, name), kind, appendU32(nil, uint32(index))))
}

// run adds a function and exports it as "run".
func (b *builder) run(params, results, locals string, code ...any) *builder {
	b.export("run", 0, b.fn(params, results, locals, code...))
	return b
}

func (b *builder) memory(pages int) *builder {
	b.add(secMemory, op(0, appendU32(nil, uint32(pages))))
	b.export("memory", 2, 0)
	return b
}

// table adds a table of functions that holds those given.
func (b *builder) table(funcs ...int) *builder {
	b.add(secTable, op(typeFnRef, 0, len(funcs)))
	list := op(0, opI32Const, 0, opEnd, len(funcs))
	for _, f := range funcs {
		list = append(list, byte(f))
	}
	b.add(secElement, list)
	return b
}

func (b *builder) bytes() []byte {
	out := bytes.Clone(preamble)
	for _, id := range sectionOrder {
		if b.n[id] == 0 && b.content[id] == nil {
			continue
		}
		body := b.content[id]
		if id != secStart {
			body = append(appendU32(nil, b.n[id]), body...)
		}
		out = append(appendU32(append(out, id), uint32(len(body))), body...)
	}
	return append(out, b.custom...)
}

// names adds a name section with names for functions.
func (b *builder) names(funcs map[int]string) *builder {
	var list []byte
	n := uint32(0)
	for i := range b.funcs {
		if name, ok := funcs[i]; ok {
			list = appendName(appendU32(list, uint32(i)), name)
			n++
		}
	}
	list = append(appendU32(nil, n), list...)
	body := op(appendName(nil, nameSection), namesFunctions, appendU32(nil, uint32(len(list))), list)
	b.custom = op(secCustom, appendU32(nil, uint32(len(body))), body)
	return b
}
