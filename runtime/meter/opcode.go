package meter

// Opcodes that the rewrite looks at or writes, by their names in the
// WebAssembly core specification, section 5.4.
const (
	opUnreachable        = 0x00
	opNop                = 0x01
	opBlock              = 0x02
	opLoop               = 0x03
	opIf                 = 0x04
	opElse               = 0x05
	opEnd                = 0x0b
	opBr                 = 0x0c
	opBrIf               = 0x0d
	opBrTable            = 0x0e
	opReturn             = 0x0f
	opCall               = 0x10
	opCallIndirect       = 0x11
	opReturnCall         = 0x12
	opReturnCallIndirect = 0x13
	opDrop               = 0x1a
	opSelect             = 0x1b
	opSelectType         = 0x1c
	opLocalGet           = 0x20
	opLocalSet           = 0x21
	opLocalTee           = 0x22
	opGlobalGet          = 0x23
	opGlobalSet          = 0x24
	opMemorySize         = 0x3f
	opMemoryGrow         = 0x40
	opI32Const           = 0x41
	opI64Const           = 0x42
	opF32Const           = 0x43
	opF64Const           = 0x44
	opI32Ne              = 0x47
	opI32LeU             = 0x4d
	opI64LtS             = 0x53
	opI64GtS             = 0x55
	opI64GtU             = 0x56
	opI64LeS             = 0x57
	opI64GeS             = 0x59
	opI32Add             = 0x6a
	opI32Sub             = 0x6b
	opI32Mul             = 0x6c
	opI64Add             = 0x7c
	opI64Sub             = 0x7d
	opI64Mul             = 0x7e
	opI64Shl             = 0x86
	opI64ShrU            = 0x88
	opI64ExtendI32U      = 0xad
	opRefNull            = 0xd0
	opRefFunc            = 0xd2
	opMisc               = 0xfc
	opVec                = 0xfd
	opAtomic             = 0xfe

	miscMemoryInit = 8
	miscDataDrop   = 9
	miscMemoryCopy = 10
	miscMemoryFill = 11
	miscTableInit  = 12
	miscElemDrop   = 13
	miscTableCopy  = 14
	miscTableGrow  = 15
	miscTableSize  = 16
	miscTableFill  = 17

	vecConst   = 12
	vecShuffle = 13

	typeFunc  = 0x60
	typeI32   = 0x7f
	typeI64   = 0x7e
	typeF32   = 0x7d
	typeF64   = 0x7c
	typeV128  = 0x7b
	typeFnRef = 0x70
	typeExRef = 0x6f
	typeVoid  = 0x40
)

// immediate says what follows an opcode.
type immediate byte

const (
	immUnknown immediate = iota // no such instruction
	immNone
	immLEB32  // one number of at most 32 bits
	immLEB64  // one number of at most 64 bits
	imm4      // four bytes
	imm8      // eight bytes
	immMemory // alignment and offset
	immOther  // whatever else; the coder has a case for it
)

// immediates is indexed by opcode.
var immediates = func() (t [256]immediate) {
	set := func(from, to int, k immediate) {
		for op := from; op <= to; op++ {
			t[op] = k
		}
	}
	set(opUnreachable, opElse, immOther)
	set(opEnd, opReturnCallIndirect, immOther)
	set(opDrop, opSelect, immNone)
	set(opSelectType, opSelectType, immOther)
	set(opLocalGet, opLocalTee, immLEB32)
	set(opGlobalGet, opGlobalSet, immOther)
	set(0x25, 0x26, immLEB32)  // table.get, table.set
	set(0x28, 0x3e, immMemory) // loads and stores
	set(opMemorySize, opMemoryGrow, immOther)
	set(opI32Const, opI32Const, immLEB32)
	set(opI64Const, opI64Const, immLEB64)
	set(opF32Const, opF32Const, imm4)
	set(opF64Const, opF64Const, imm8)
	set(0x45, 0xc4, immNone) // comparison, arithmetic, conversion, sign extension
	set(opRefNull, opRefNull, immOther)
	set(0xd1, 0xd1, immNone) // ref.is_null
	set(opRefFunc, opRefFunc, immOther)
	set(opMisc, opAtomic, immOther)
	return t
}()

// isValue reports whether b is the type of a value: a number, a vector or one
// of the reference types that need no index.
func isValue(b byte) bool {
	return b >= typeV128 && b <= typeI32 || isReference(b)
}

func isReference(b byte) bool {
	return b == typeFnRef || b == typeExRef
}
