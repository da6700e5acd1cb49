// poll and select, over WASI's poll_oneoff.
#include "call.h"
#include "epoll.h"
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <time.h>
#include <wasi/api.h>

#define READS (POLLIN | POLLRDNORM)
#define WRITES (POLLOUT | POLLWRNORM)
#define CLOCK (~0ull) // userdata of the timeout

// What the host's subscription has beside the descriptor.
struct asked {
	int32_t fd;
	uint32_t events;
};

const struct epoll_calls *__socklab_epoll;

int64_t __socklab_now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

// ask fills in what poll_oneoff is to wait for, and returns how much that is.
static size_t ask(__wasi_subscription_t *s, const struct pollfd *fds, nfds_t n, int64_t ns) {
	size_t k = 0;
	for (nfds_t i = 0; i < n; i++) {
		if (fds[i].fd < 0)
			continue;
		struct asked a = {fds[i].fd, fds[i].events & POLLRDHUP};
		a.events |= (fds[i].events & READS ? POLLIN : 0) | (fds[i].events & WRITES ? POLLOUT : 0);
		s[k] = (__wasi_subscription_t){.userdata = i, .u.tag = HOST_EVENT_POLL};
		memcpy(&s[k++].u.u, &a, sizeof a);
	}
	if (ns >= 0 || !k)
		s[k++] = (__wasi_subscription_t){.userdata = CLOCK, .u.tag = __WASI_EVENTTYPE_CLOCK,
						 .u.u.clock = {.id = __WASI_CLOCKID_MONOTONIC, .timeout = ns >= 0 ? ns : INT64_MAX / 2}};
	return k;
}

// found is what poll(2) makes of the host's answer.
static short found(int got, short asked) {
	if (got & POLLIN)
		got |= POLLRDNORM;
	if (got & POLLOUT)
		got |= POLLWRNORM;
	return got & (asked | POLLERR | POLLHUP | POLLNVAL);
}

// wait_once waits, but not for epoll instances.
static int wait_once(struct pollfd *fds, nfds_t n, int64_t ns) {
	__wasi_subscription_t few[32], *subs = few;
	__wasi_event_t few_events[32], *events = few_events;
	if (n + 1 > 32) {
		subs = malloc((n + 1) * (sizeof *subs + sizeof *events));
		if (!subs)
			return -1;
		events = (__wasi_event_t *)(subs + n + 1);
	}
	for (nfds_t i = 0; i < n; i++)
		fds[i].revents = 0;
	size_t got = 0;
	int error = __wasi_poll_oneoff(subs, events, ask(subs, fds, n, ns), &got);
	int ready = 0;
	for (size_t i = 0; !error && i < got; i++) {
		if (events[i].userdata == CLOCK)
			continue;
		struct pollfd *p = &fds[events[i].userdata];
		p->revents = found(events[i].fd_readwrite.flags, p->events);
		ready += p->revents != 0;
	}
	if (subs != few)
		free(subs);
	return result(error) ? -1 : ready;
}

// wait_with_epoll is wait_once where some descriptors are epoll instances,
// which are looked at every few milliseconds.
static int wait_with_epoll(struct pollfd *fds, nfds_t n, int64_t ns) {
	int64_t began = __socklab_now(), tick = 0;
	struct pollfd *others = malloc(n * sizeof *others);
	if (!others)
		return -1;
	for (;;) {
		int told = 0;
		for (nfds_t i = 0; i < n; i++) {
			others[i] = fds[i];
			if (fds[i].fd < 0 || !__socklab_epoll->has(fds[i].fd))
				continue;
			others[i].fd = -1;
			fds[i].revents = fds[i].events & READS && __socklab_epoll->ready(fds[i].fd) ? fds[i].events & READS : 0;
			told += fds[i].revents != 0;
		}
		int64_t left = ns < 0 ? INT64_MAX : ns - (__socklab_now() - began);
		int last = told || left <= 0;
		int ready = wait_once(others, n, last ? 0 : left < tick ? left : tick);
		for (nfds_t i = 0; i < n; i++)
			if (others[i].fd >= 0 || fds[i].fd < 0)
				fds[i].revents = others[i].revents;
		if (ready || last) {
			free(others);
			return ready < 0 ? -1 : ready + told;
		}
		tick = __socklab_tick(tick);
	}
}

int __socklab_wait(struct pollfd *fds, nfds_t n, int64_t ns) {
	if (n > 65536)
		return result(EINVAL);
	if (__socklab_epoll)
		for (nfds_t i = 0; i < n; i++)
			if (fds[i].fd >= 0 && __socklab_epoll->has(fds[i].fd))
				return wait_with_epoll(fds, n, ns);
	return wait_once(fds, n, ns);
}

int poll(struct pollfd *fds, nfds_t n, int ms) { return __socklab_wait(fds, n, ms < 0 ? -1 : ms * 1000000ll); }

int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *t, const sigset_t *mask) {
	(void)mask;
	return __socklab_wait(fds, n, t ? t->tv_sec * 1000000000ll + t->tv_nsec : -1);
}

// select_for is select with nanoseconds.
static int select_for(int n, fd_set *r, fd_set *w, fd_set *x, int64_t ns) {
	struct pollfd fds[FD_SETSIZE];
	nfds_t k = 0;
	if (n < 0 || n > FD_SETSIZE)
		return result(EINVAL);
	for (int fd = 0; fd < n; fd++) {
		short events = (r && FD_ISSET(fd, r) ? POLLIN : 0) | (w && FD_ISSET(fd, w) ? POLLOUT : 0);
		if (events)
			fds[k++] = (struct pollfd){.fd = fd, .events = events};
	}
	if (__socklab_wait(fds, k, ns) < 0)
		return -1;
	for (nfds_t i = 0; i < k; i++)
		if (fds[i].revents & POLLNVAL)
			return result(EBADF);
	if (r)
		FD_ZERO(r);
	if (w)
		FD_ZERO(w);
	if (x)
		FD_ZERO(x); // the sandbox tells nothing exceptional
	int ready = 0;
	for (nfds_t i = 0; i < k; i++) {
		if (fds[i].events & POLLIN && fds[i].revents & (POLLIN | POLLHUP | POLLERR)) {
			FD_SET(fds[i].fd, r);
			ready++;
		}
		if (fds[i].events & POLLOUT && fds[i].revents & (POLLOUT | POLLERR)) {
			FD_SET(fds[i].fd, w);
			ready++;
		}
	}
	return ready;
}

int select(int n, fd_set *restrict r, fd_set *restrict w, fd_set *restrict x, struct timeval *restrict t) {
	if (!t)
		return select_for(n, r, w, x, -1);
	if (t->tv_sec < 0 || t->tv_usec < 0)
		return result(EINVAL);
	int64_t ns = t->tv_sec > 1000000000 ? INT64_MAX / 2 : t->tv_sec * 1000000000ll + t->tv_usec * 1000;
	int64_t began = __socklab_now();
	int ready = select_for(n, r, w, x, ns);
	// Linux leaves what is left of the time.
	int64_t left = ns - (__socklab_now() - began);
	if (left < 0)
		left = 0;
	t->tv_sec = left / 1000000000;
	t->tv_usec = left / 1000 % 1000000;
	return ready;
}

int pselect(int n, fd_set *restrict r, fd_set *restrict w, fd_set *restrict x, const struct timespec *restrict t, const sigset_t *restrict mask) {
	(void)mask;
	return select_for(n, r, w, x, t ? t->tv_sec * 1000000000ll + t->tv_nsec : -1);
}
