// Package meter rewrites a WebAssembly module so that its work is counted and
// it can be stopped at any moment, whatever it does.
//
// The rewritten module holds its fuel in a global of its own. Code takes from
// it as it runs, and where it has gone below zero, calls the host for more.
// That call is the one place where a guest's work is added up, held against a
// limit, or brought to an end, and it leaves compiled code, so that a tight
// loop holds up neither the garbage collector nor other guests. Tank is the
// host's side of it.
//
// # The unit of fuel
//
// One unit is one WebAssembly instruction, paid for ahead. Code is divided into
// runs, a run is paid for as it is entered, and its price is the number of its
// instructions. Code that a branch may jump over, or that stands in an if, is a
// run of its own from 16 instructions on; what is shorter may belong to the run
// around it, and is then paid for whether it runs or not. So a guest never runs
// more than it has paid for, pays exactly the same each time it does the same,
// on every machine, compiled or interpreted, and pays a few per cent more than
// it runs (in Go, C and Python programs; at most about twice as much).
//
// The markers block, loop, else, end and nop cost nothing. A call costs 16
// units, which pays for up to 15 instructions that the function called begins
// with; the host's own calls pay for nothing, so these are free. An instruction
// that can work on much at once pays for that when it has done so: memory.copy
// and memory.fill 32 units, and from 256 bytes on another for each 8 bytes,
// memory.init a unit for each byte, table.copy, table.fill, table.init and
// table.grow for each element, memory.grow 8192 for each page it got. What the
// host does in a call is not counted.
//
// As a measure of time, a second is about 10,000,000,000 units of compiled code
// and 250,000,000 of interpreted, within a factor of three.
package meter

// The function that the engine has to provide: (func (param i64) (result i64)),
// from the fuel left to the fuel there is now. It must call Tank.Refill, and
// panic if that gives an error, which is what ends the guest.
const (
	ImportModule = "socklab_meter"
	ImportRefill = "refill"
)

// ExportFuel is the name under which a rewritten module exports its fuel, a
// mutable i64 global, so that the engine can settle the account when the guest
// has ended (see Tank.Settle). It is zero at the start. A guest that is linked
// with another could set the other's, so guests must not be.
const ExportFuel = "socklab_meter.fuel"

// Limits of what Rewrite accepts, there for the host's sake: wazero takes
// memory by these numbers before it looks further.
const (
	maxLocals       = 50_000  // in a function, parameters aside; what browsers allow
	maxTableEntries = 1 << 20 // in all tables of a module together
)

// Rewrite returns the module with its work counted and a way to stop it. It
// takes core WebAssembly 2.0, and tail calls and extended constants beyond it.
// The module's bytes are neither kept nor changed; the result is about a tenth
// larger, and at most ten times.
//
// A module that is malformed, uses what is not supported (threads, several
// memories, 64-bit memory, exceptions, garbage collection, typed references) or
// the names reserved here is an error. A module that is invalid in ways that
// Rewrite does not look at (types of operands, say) stays invalid.
//
// Tables may hold 1,048,576 elements in all: a table.grow beyond that fails
// in the guest, as growing a table may. Custom sections are dropped except for
// the names, since offsets in them (DWARF's) would no longer be right.
func Rewrite(module []byte) ([]byte, error) {
	m := &rewriter{helpers: map[helper]uint32{}}
	if err := m.read(module); err != nil {
		return nil, err
	}
	return m.write()
}
