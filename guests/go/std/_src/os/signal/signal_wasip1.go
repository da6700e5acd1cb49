package signal

import (
	"os"
	"sync"
	"syscall"
)

// What the program wants to hear of, and what it wants to have no effect, a bit
// a signal. The host keeps both from ending the program, and tells of them by a
// descriptor, on which a goroutine can wait as on any other.
var heard struct {
	sync.Mutex
	wanted, ignored int32
	from            *os.File
}

func init() { watchSignalLoop = loop }

func loop() {
	heard.Lock()
	from := heard.from
	heard.Unlock()
	var b [1]byte
	for from != nil {
		if _, err := from.Read(b[:]); err != nil {
			return
		}
		heard.Lock()
		wanted := heard.wanted&bit(int(b[0])) != 0
		heard.Unlock()
		if wanted {
			process(syscall.Signal(b[0]))
		}
	}
}

const numSig = 65

func signum(sig os.Signal) int {
	if s, ok := sig.(syscall.Signal); ok && s >= 0 && s < numSig {
		return int(s)
	}
	return -1
}

// bit is 0 for signals that nobody sends here.
func bit(sig int) int32 {
	if sig < 1 || sig > 31 {
		return 0
	}
	return 1 << (sig - 1)
}

func enableSignal(sig int) {
	change(func(b int32) { heard.wanted, heard.ignored = heard.wanted|b, heard.ignored&^b }, sig)
}

// disableSignal leaves what is ignored so: Reset undoes Notify alone.
func disableSignal(sig int) {
	change(func(b int32) { heard.wanted &^= b }, sig)
}

func ignoreSignal(sig int) {
	change(func(b int32) { heard.wanted, heard.ignored = heard.wanted&^b, heard.ignored|b }, sig)
}

func signalIgnored(sig int) bool {
	heard.Lock()
	defer heard.Unlock()
	return heard.ignored&bit(sig) != 0
}

// untilIdle would let what has come be heard before Stop goes on. What the
// goroutine has not read by then is lost, as is what comes a moment later.
func untilIdle() {}

// change changes what is heard, and tells the host.
func change(how func(bit int32), sig int) {
	heard.Lock()
	defer heard.Unlock()
	how(bit(sig))
	var fd int32
	if host_signalfd(heard.wanted|heard.ignored, &fd) == 0 && heard.from == nil {
		heard.from = os.NewFile(uintptr(fd), "signals")
	}
}
