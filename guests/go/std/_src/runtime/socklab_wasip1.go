package runtime

import _ "unsafe" // for go:linkname

// syscall_alone reports whether no goroutine but the caller can run, now or
// later, unless the caller makes it: none is ready, none waits in the poller
// and no timer is set, nor is the collector at work. A goroutine that waits
// for a lock or a channel does not count.
//
//go:linkname syscall_alone syscall.alone
func syscall_alone() bool {
	pp := getg().m.p.ptr()
	return runqempty(pp) && sched.runq.empty() && pp.timers.wakeTime() == 0 &&
		!netpollAnyWaiters() && gcBlackenEnabled == 0
}

// Elsewhere a thread of the runtime takes the processor from a goroutine that
// keeps it, and polls the network if nobody else does. Here there is no such
// thread. So a goroutine that makes one system call after another without
// waiting gives way now and then (syscall_yield), and goroutines that keep
// each other busy without the scheduler ever finding nothing to do poll now
// and then (checkTimeouts).

// syscall_yield lets other goroutines run, those included that the network
// has made ready.
//
//go:linkname syscall_yield syscall.yield
func syscall_yield() {
	pollNetwork()
	Gosched()
}

// switches counts how often a goroutine has given way.
var switches uint32

// checkTimeouts is called by the scheduler whenever a goroutine gives way.
func checkTimeouts() {
	if switches++; switches%64 == 0 {
		pollNetwork()
	}
}

// pollNetwork readies the goroutines whose descriptors are.
func pollNetwork() {
	if !netpollinited() || !netpollAnyWaiters() {
		return
	}
	list, delta := netpoll(0)
	injectglist(&list)
	netpollAdjustWaiters(delta)
}
