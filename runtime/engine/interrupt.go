package engine

import (
	"time"

	"socklab/host/abi"
)

// interruptGrace is how long a guest may go on without hearing of an
// Interrupt: long enough for what an interpreter does between two calls on a
// busy machine. One that only computes never hears.
const interruptGrace = time.Second

// Interrupt is what Ctrl-C does: a guest that asked to hear of SIGINT does, and
// what it then does is its affair, as natively. Of the others, one that has
// devices (Spec.Devices) is told in its next call, or in the one it waits in,
// and goes on as its language does at SIGINT. One that cannot be told, does not
// hear within a second, or is interrupted again before it has heard, is killed.
func (i *Instance) Interrupt() {
	if i.process.Signal(abi.SIGINT) {
		return
	}
	if i.process.Interrupted() || !i.process.Interrupt() {
		i.Kill()
		return
	}
	time.AfterFunc(interruptGrace, func() {
		if i.process.Interrupted() {
			i.Kill()
		}
	})
}

// Terminate tells a guest of SIGTERM if it asked to hear of it, and kills it
// otherwise, which it reports.
func (i *Instance) Terminate() (killed bool) {
	if i.process.Signal(abi.SIGTERM) {
		return false
	}
	i.Kill()
	return true
}
