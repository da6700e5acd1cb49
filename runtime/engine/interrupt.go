package engine

import "time"

// interruptGrace is how long a guest may go on without hearing of an
// Interrupt. One that only computes never hears.
const interruptGrace = 40 * time.Millisecond

// Interrupt is what Ctrl-C does: a guest that has devices (Spec.Devices) is
// told in its next call, or in the one it waits in, and goes on as its
// language does at SIGINT. One that cannot be told, or does not hear within
// some milliseconds, is killed.
func (i *Instance) Interrupt() {
	if !i.process.Interrupt() {
		i.Kill()
		return
	}
	time.AfterFunc(interruptGrace, func() {
		if i.process.Interrupted() {
			i.Kill()
		}
	})
}
