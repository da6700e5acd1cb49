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
