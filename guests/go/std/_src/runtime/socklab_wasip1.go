package runtime

import _ "unsafe" // for go:linkname

// syscall_alone reports whether no goroutine but the caller can run, now or
// later, unless the caller makes it: none waits in the poller, no timer is
// set, and those that are ready, the collector's own among them, have had
// their turns and are ready no more. A goroutine that waits for a lock or a
// channel does not count.
//
//go:linkname syscall_alone syscall.alone
func syscall_alone() bool {
	for range 64 { // turns; the collector takes many short ones
		pp := getg().m.p.ptr()
		if pp.timers.wakeTime() != 0 || netpollAnyWaiters() {
			return false
		}
		if runqempty(pp) && sched.runq.empty() && gcBlackenEnabled == 0 {
			return true
		}
		Gosched()
	}
	return false
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
	if netpollinited() && netpollAnyWaiters() {
		list, delta := poll(0)
		injectglist(&list)
		netpollAdjustWaiters(delta)
	}
}

// polled is whether the next poll that does not wait may be left out.
var polled bool

// netpoll is called by the scheduler. Having nothing to run, it asks first
// without waiting and then, all else looked at, with: one call of the host
// is enough, so of two that do not wait the first is left out.
func netpoll(delay int64) (gList, int32) {
	if delay == 0 && polled {
		polled = false
		return gList{}, 0
	}
	return poll(delay)
}

// poll is the poller of this system, which knows nothing better than to ask
// the host. A host is not asked what is known.
func poll(delay int64) (gList, int32) {
	if delay == 0 && len(subs) == 1 { // of which the first is the clock
		return gList{}, 0
	}
	return pollHost(delay)
}

// beforeIdle is called by the scheduler when there is nothing to run. It
// waits here, sooner than the scheduler would: there is no other thread whose
// work could be taken.
func beforeIdle(now, pollUntil int64) (gp *g, otherReady bool) {
	if !netpollinited() || !netpollAnyWaiters() && pollUntil == 0 {
		return nil, false
	}
	delay := int64(-1)
	if pollUntil != 0 {
		if now == 0 {
			now = nanotime()
		}
		delay = max(pollUntil-now, 0)
	}
	list, delta := poll(delay)
	netpollAdjustWaiters(delta)
	polled = true
	if list.empty() {
		return nil, true
	}
	gp = list.pop()
	injectglist(&list)
	return gp, false
}

// netpollarm is called by a goroutine that is about to wait for pd. If no
// other is ready it waits right here, for whatever happens first: should that
// be its own descriptor, it goes on without having gone to sleep.
func netpollarm(pd *pollDesc, mode int) {
	arm(pd, mode)
	pp := getg().m.p.ptr()
	if !runqempty(pp) || !sched.runq.empty() || gcBlackenEnabled != 0 {
		return
	}
	delay := int64(-1)
	if next := pp.timers.wakeTime(); next != 0 {
		if delay = next - nanotime(); delay <= 0 {
			return
		}
	}
	list, delta := poll(delay)
	injectglist(&list)
	netpollAdjustWaiters(delta)
}
