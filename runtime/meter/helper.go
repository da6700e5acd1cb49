package meter

import "bytes"

// body returns a helper's code: its locals and its instructions.
func (m *rewriter) body(h helper) []byte {
	get := func(i byte) []byte { return []byte{opLocalGet, i} }
	set := func(i byte) []byte { return []byte{opLocalSet, i} }
	fuel := appendU32([]byte{opGlobalGet}, uint32(m.globals))
	subtract := appendU32([]byte{opI64Sub, opGlobalSet}, uint32(m.globals))
	check := join(fuel, []byte{opI64Const, 0, opI64LtS, opIf, typeVoid},
		appendU32([]byte{opCall}, m.use(helpRefuel)), []byte{opEnd})
	// pay takes the number of units that units leaves on the stack, as an i64.
	pay := func(units ...[]byte) []byte { return join(fuel, join(units...), subtract, check) }
	eighth := []byte{opI64ExtendI32U, opI64Const, bulkShift, opI64ShrU}

	switch h {
	case helpRefuel:
		// fuel = refill(fuel)
		return join([]byte{0}, fuel, appendU32([]byte{opCall}, uint32(m.importedFuncs)),
			appendU32([]byte{opGlobalSet}, uint32(m.globals)), []byte{opEnd})
	case helpCharge:
		return join([]byte{0}, pay(get(0), []byte{opI64ExtendI32U}), get(0), []byte{opEnd})
	case helpGrow:
		// r = memory.grow(n); if r != -1 { pay(n << pageShift) }; return r
		return join([]byte{1, 1, typeI32}, get(0), []byte{opMemoryGrow, 0, opLocalTee, 1},
			i32(-1), []byte{opI32Ne, opIf, typeVoid},
			pay(get(0), []byte{opI64ExtendI32U, opI64Const, pageShift, opI64Shl}),
			[]byte{opEnd}, get(1), []byte{opEnd})
	case helpFill:
		// while n > chunk && d+n <= size { fill(d, v, chunk); pay; d += chunk; n -= chunk }
		// fill(d, v, n); pay
		fill := []byte{opMisc, miscMemoryFill, 0}
		return join([]byte{0}, []byte{opBlock, typeVoid, opLoop, typeVoid},
			leaveIfSmall(2), leaveIfOutside(0, 2),
			get(0), get(1), i32(bulkChunk), fill, pay(i64(bulkChunk>>bulkShift)),
			get(0), i32(bulkChunk), []byte{opI32Add}, set(0),
			get(2), i32(bulkChunk), []byte{opI32Sub}, set(2),
			[]byte{opBr, 0, opEnd, opEnd},
			get(0), get(1), get(2), fill, pay(get(2), eighth), []byte{opEnd})
	default: // helpCopy
		cp := []byte{opMisc, miscMemoryCopy, 0, 0}
		plus := func(i byte) []byte { return join(get(i), get(2), []byte{opI32Add}) }
		return join([]byte{0}, []byte{opBlock, typeVoid, opLoop, typeVoid},
			leaveIfSmall(2), leaveIfOutside(0, 2), leaveIfOutside(1, 2),
			get(2), i32(bulkChunk), []byte{opI32Sub}, set(2),
			get(0), get(1), []byte{opI32LeU, opIf, typeVoid},
			// downwards: the first chunk, then what follows it
			get(0), get(1), i32(bulkChunk), cp,
			get(0), i32(bulkChunk), []byte{opI32Add}, set(0),
			get(1), i32(bulkChunk), []byte{opI32Add}, set(1),
			[]byte{opElse},
			// upwards: the last chunk, then what comes before it
			plus(0), plus(1), i32(bulkChunk), cp,
			[]byte{opEnd}, pay(i64(bulkChunk>>bulkShift)),
			[]byte{opBr, 0, opEnd, opEnd},
			get(0), get(1), get(2), cp, pay(get(2), eighth), []byte{opEnd})
	}
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func i32(v int32) []byte { return appendS64([]byte{opI32Const}, int64(v)) }
func i64(v int64) []byte { return appendS64([]byte{opI64Const}, v) }

// leaveIfSmall leaves the block around a loop if local n is at most a chunk.
func leaveIfSmall(n byte) []byte {
	return join([]byte{opLocalGet, n}, i32(bulkChunk), []byte{opI32LeU, opBrIf, 1})
}

// leaveIfOutside leaves the block around a loop if the n bytes at address a are
// not all in memory, so that the plain instruction behind it traps as it should
// before it has written anything.
func leaveIfOutside(a, n byte) []byte {
	return []byte{
		opLocalGet, a, opI64ExtendI32U, opLocalGet, n, opI64ExtendI32U, opI64Add,
		opMemorySize, 0, opI64ExtendI32U, opI64Const, 16, opI64Shl,
		opI64GtU, opBrIf, 1,
	}
}
