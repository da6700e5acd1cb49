package meter

// How each section but the code is read. What need not change is passed over
// and copied whole, what names a function is copied piece by piece.

func (m *rewriter) readTypes(r *reader) {
	n := r.count(3)
	from := r.pos
	for i := 0; i < n && r.err == nil; i++ {
		if r.byte() != typeFunc {
			r.fail("a type that is not a function's is not supported")
		}
		m.params = append(m.params, r.values())
		r.values()
	}
	m.types = n
	m.set(secType, n, r.buf[from:r.pos])
}

// values reads a list of types of values and returns its length.
func (r *reader) values() uint32 {
	types := r.bytes(r.count(1))
	for _, t := range types {
		if !isValue(t) {
			r.fail("value type %#x is not supported", t)
		}
	}
	return uint32(len(types))
}

func (m *rewriter) readImports(r *reader) {
	n := r.count(4)
	from := r.pos
	for i := 0; i < n && r.err == nil; i++ {
		module := r.name()
		r.name()
		if string(module) == ImportModule {
			r.fail("an import from %q, which is reserved", module)
		}
		switch kind := r.byte(); kind {
		case 0:
			r.index(m.types, "type")
			m.funcs++
		case 1:
			m.tableType(r)
			m.tables++
		case 2:
			m.memoryType(r)
		case 3:
			m.globalType(r)
			m.globals++
		default:
			r.fail("import kind %d is not supported", kind)
		}
	}
	m.importedFuncs = m.funcs
	m.set(secImport, n, r.buf[from:r.pos])
}

func (m *rewriter) readFunctions(r *reader) {
	n := r.count(1)
	from := r.pos
	for i := 0; i < n && r.err == nil; i++ {
		m.signatures = append(m.signatures, r.index(m.types, "type"))
	}
	m.funcs += n
	m.set(secFunction, n, r.buf[from:r.pos])
}

// readTables writes a maximum to each table, so that no guest can take memory
// through a table that it may not have as memory.
func (m *rewriter) readTables(r *reader) {
	n := r.count(3)
	out := make([]byte, 0, r.left()+5*n)
	room := uint32(maxTableEntries)
	for i := 0; i < n && r.err == nil; i++ {
		from := r.pos
		min, max, bounded := m.tableType(r)
		if r.err != nil {
			return
		}
		share := room / uint32(n-i)
		if min > room {
			r.fail("tables of more than %d elements are not supported", maxTableEntries)
			return
		}
		if bounded && max < min {
			r.fail("a table of at least %d and at most %d elements", min, max)
			return
		}
		if !bounded || max > share {
			max = share
		}
		if max < min {
			max = min
		}
		room -= max
		out = append(out, r.buf[from], 1)
		out = appendU32(appendU32(out, min), max)
	}
	m.tables += n
	m.set(secTable, n, out)
}

func (m *rewriter) tableType(r *reader) (min, max uint32, bounded bool) {
	if t := r.byte(); !isReference(t) {
		r.fail("a table of type %#x is not supported", t)
	}
	return m.limits(r, "table")
}

func (m *rewriter) limits(r *reader, what string) (min, max uint32, bounded bool) {
	switch flags := r.byte(); flags {
	case 0:
		return r.u32(), 0, false
	case 1:
		min = r.u32()
		return min, r.u32(), true
	default:
		r.fail("a %s that is shared (threads) or 64-bit is not supported", what)
		return 0, 0, false
	}
}

func (m *rewriter) readMemories(r *reader) {
	n := r.count(2)
	from := r.pos
	for i := 0; i < n && r.err == nil; i++ {
		m.memoryType(r)
	}
	m.set(secMemory, n, r.buf[from:r.pos])
}

func (m *rewriter) memoryType(r *reader) {
	m.limits(r, "memory")
	if m.memories++; m.memories > 1 {
		r.fail("more than one memory is not supported")
	}
}

func (m *rewriter) globalType(r *reader) {
	if t := r.byte(); !isValue(t) {
		r.fail("value type %#x is not supported", t)
	}
	if r.byte() > 1 {
		r.fail("a global is either constant or mutable")
	}
}

func (m *rewriter) readGlobals(r *reader) {
	n := r.count(4)
	m.globals += n
	out := make([]byte, 0, r.left()+r.left()/4)
	for i := 0; i < n && r.err == nil; i++ {
		from := r.pos
		m.globalType(r)
		out = m.appendExpr(append(out, r.buf[from:r.pos]...), r)
	}
	m.set(secGlobal, n, out)
}

func (m *rewriter) readExports(r *reader) {
	n := r.count(3)
	out := make([]byte, 0, r.left()+n)
	for i := 0; i < n && r.err == nil; i++ {
		from := r.pos
		if name := r.name(); string(name) == ExportFuel {
			r.fail("an export %q, which is reserved", name)
		}
		kind := r.byte()
		out = append(out, r.buf[from:r.pos]...)
		switch kind {
		case 0:
			out = m.appendFunc(out, r)
		case 1:
			out = appendU32(out, uint32(r.index(m.tables, "table")))
		case 2:
			out = appendU32(out, uint32(r.index(m.memories, "memory")))
		case 3:
			out = appendU32(out, uint32(r.index(m.globals, "global")))
		default:
			r.fail("export kind %d is not supported", kind)
		}
	}
	m.set(secExport, n, out)
}

// readElements copies element segments. The three low bits of the first number
// say what follows: core specification 5.5.12.
func (m *rewriter) readElements(r *reader) {
	n := r.count(3)
	out := make([]byte, 0, r.left()+r.left()/4)
	for i := 0; i < n && r.err == nil; i++ {
		kind := r.index(8, "element segment kind")
		passive, explicit, exprs := kind&1 != 0, kind&2 != 0, kind&4 != 0
		out = appendU32(out, uint32(kind))
		if !passive {
			if explicit {
				out = appendU32(out, uint32(r.index(m.tables, "table")))
			}
			out = m.appendExpr(out, r)
		}
		if passive || explicit {
			t := r.byte()
			if exprs && !isReference(t) || !exprs && t != 0 {
				r.fail("elements of type %#x are not supported", t)
			}
			out = append(out, t)
		}
		items := r.count(1)
		out = appendU32(out, uint32(items))
		for j := 0; j < items && r.err == nil; j++ {
			if exprs {
				out = m.appendExpr(out, r)
			} else {
				out = m.appendFunc(out, r)
			}
		}
	}
	m.set(secElement, n, out)
}

func (m *rewriter) readData(r *reader) {
	var offset []byte
	n := r.count(2)
	from := r.pos
	for i := 0; i < n && r.err == nil; i++ {
		kind := r.index(3, "data segment kind")
		if kind == 2 {
			r.zero("a memory other than the first")
		}
		if kind != 1 {
			offset = m.appendExpr(offset[:0], r) // which names no function
		}
		r.bytes(r.count(1))
	}
	m.set(secData, n, r.buf[from:r.pos])
}

// appendExpr copies a constant expression, core specification 3.3.10.
func (m *rewriter) appendExpr(out []byte, r *reader) []byte {
	for r.err == nil {
		from := r.pos
		switch op := r.byte(); op {
		case opI32Const:
			r.skipLEB(5)
		case opI64Const:
			r.skipLEB(10)
		case opF32Const:
			r.bytes(4)
		case opF64Const:
			r.bytes(8)
		case opVec:
			if sub := r.byte(); sub != vecConst {
				r.fail("vector instruction %#x in a constant", sub)
			}
			r.bytes(16)
		case opI32Add, opI32Sub, opI32Mul, opI64Add, opI64Sub, opI64Mul:
		case opGlobalGet:
			r.index(m.globals, "global")
		case opRefNull:
			if t := r.byte(); !isReference(t) {
				r.fail("reference type %#x is not supported", t)
			}
		case opRefFunc:
			out = m.appendFunc(append(out, op), r)
			continue
		case opEnd:
			return append(out, op)
		default:
			r.fail("instruction %#x in a constant", op)
		}
		out = append(out, r.buf[from:r.pos]...)
	}
	return out
}
