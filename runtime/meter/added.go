package meter

// helper is a function that the rewrite adds to a module, where it is called.
type helper int

const (
	helpRefuel helper = iota // () -> (): ask the host for fuel
	helpCharge               // (i32 n) -> (i32 n): pay n units
	helpGrow                 // do a memory.grow, and pay for it
	helpFill                 // do a memory.fill
	helpCopy                 // do a memory.copy
)

func (h helper) String() string {
	return [...]string{"refuel", "charge", "memory.grow", "memory.fill", "memory.copy"}[h]
}

// Types that are added, in this order, behind the guest's own.
const (
	typeRefill = iota // (i64) -> (i64)
	typeRefuel        // () -> ()
	typeUnary         // (i32) -> (i32)
	typeBulk          // (i32, i32, i32) -> ()
)

var addedTypes = [...]string{
	typeRefill: "\x60\x01\x7e\x01\x7e",
	typeRefuel: "\x60\x00\x00",
	typeUnary:  "\x60\x01\x7f\x01\x7f",
	typeBulk:   "\x60\x03\x7f\x7f\x7f\x00",
}

func (h helper) typ() int {
	return [...]int{typeRefuel, typeUnary, typeUnary, typeBulk, typeBulk}[h]
}

const (
	callPrice = 16  // of a call, and of up to 15 instructions that what it calls begins with
	bulkFlat  = 256 // bytes that memory.copy and memory.fill may do for bulkPrice
	bulkPrice = bulkFlat >> bulkShift
	bulkShift = 3  // a unit for 8 bytes
	pageShift = 13 // 8192 units for a page of 64 KiB, which is the same

	// bulkChunk is what memory.fill and memory.copy do at a time: a tenth of a
	// millisecond's work, so that no instruction keeps a guest from ending.
	bulkChunk = 1 << 20
)

// use returns the index of a helper, which is added to the module if it was
// not in use so far.
func (m *rewriter) use(h helper) uint32 {
	i, ok := m.helpers[h]
	if !ok {
		i = uint32(m.funcs + 1 + len(m.added))
		m.helpers[h] = i
		m.added = append(m.added, h)
	}
	return i
}

// addSections adds the types, the import, the global, its export and the
// helpers in use to their sections.
func (m *rewriter) addSections() {
	for _, t := range addedTypes {
		m.add(secType, []byte(t))
	}
	refill := appendName(appendName(nil, ImportModule), ImportRefill)
	m.add(secImport, appendU32(append(refill, 0), uint32(m.types+typeRefill)))
	m.add(secGlobal, []byte{typeI64, 1, opI64Const, 0, opEnd})
	m.add(secExport, appendU32(append(appendName(nil, ExportFuel), 3), uint32(m.globals)))
	for _, h := range m.added {
		m.add(secFunction, appendU32(nil, uint32(m.types+h.typ())))
		body := m.body(h)
		m.add(secCode, append(appendU32(nil, uint32(len(body))), body...))
	}
}
