// Waiting for epoll instances. A level is what poll tells. An edge, EPOLLET, is
// made of levels: what was told is quiet until it has gone, which the program's
// own calls tell (a read or a write that says EAGAIN or gets less than it asked
// for), or until there is more to read than there was.
#include "call.h"
#include "instance.h"
#include <unistd.h>

#define READS (EPOLLIN | EPOLLRDNORM)
#define WRITES (EPOLLOUT | EPOLLWRNORM)
#define ASKED (READS | WRITES | EPOLLPRI | EPOLLRDHUP | EPOLLRDBAND | EPOLLWRBAND)
#define TELLS (ASKED | EPOLLERR | EPOLLHUP)

// pending is how many bytes there are to read. Of who waits to be accepted,
// nobody knows.
static int pending(struct item *it) {
	int n;
	if (!it->counts)
		return 0;
	if (host_pending(it->fd, &n))
		n = it->counts = 0;
	return n;
}

// each_edge calls fn for the items of a descriptor's open socket with EPOLLET.
static void each_edge(int fd, void (*fn)(struct item *, ssize_t), ssize_t n) {
	int found = 0, edges = 0;
	uint64_t ino = 0;
	for (int again = 0; again < 2; again++) {
		for (int ep = 0; ep < __socklab_most; ep++) {
			struct instance *in = __socklab_instances[ep];
			for (int i = 0; in && i < in->n; i++) {
				struct item *it = &in->items[i];
				found += it->fd == fd;
				if (!(it->events & EPOLLET))
					continue;
				edges++;
				if (it->fd == fd || (ino && it->ino == ino))
					fn(it, n);
			}
		}
		__wasi_filestat_t st;
		if (again || found || !edges || __wasi_fd_filestat_get(fd, &st) || !is_socket(&st))
			break;
		ino = st.ino; // perhaps it is another number of one that is watched
	}
}

static void all_is_news(struct item *it, ssize_t n) { (void)n, it->quiet = 0; }

static void all_was_read(struct item *it, ssize_t n) {
	(void)n;
	if (!(it->quiet & EPOLLRDHUP)) // nothing comes behind the end
		it->quiet &= ~READS;
}

static void was_read(struct item *it, ssize_t n) {
	it->unread -= n;
	if (!it->counts || it->unread <= 0)
		all_was_read(it, n);
}

static void was_empty(struct item *it, ssize_t n) {
	if (it->ino && !it->counts) // a datagram, and not the end
		all_was_read(it, n);
}

void __socklab_received(int fd, ssize_t n, size_t asked) {
	if (n < 0 ? errno == EAGAIN : n && (size_t)n < asked)
		each_edge(fd, all_was_read, 0);
	else if (n >= 0)
		each_edge(fd, n ? was_read : was_empty, n);
}

static void was_full(struct item *it, ssize_t n) { (void)n, it->quiet &= ~WRITES; }

void __socklab_sent(int fd, ssize_t n, size_t asked) {
	if (n < 0 ? errno == EAGAIN : (size_t)n < asked)
		each_edge(fd, was_full, 0);
}

void __socklab_changed(int fd) { each_edge(fd, all_is_news, 0); }

// wanted is what poll is to wait for; *more tells that poll cannot wait for
// all.
static struct pollfd wanted(struct item *it, int *more) {
	uint32_t events = it->events & ASKED;
	if (!(it->events & TELLS) || (it->events & EPOLLET && it->quiet & EPOLLHUP)) // told once, for good
		return (struct pollfd){.fd = -1};
	if (it->events & EPOLLET) {
		if (it->quiet & events & READS && it->counts && !(it->quiet & EPOLLRDHUP)) {
			if (pending(it) > it->unread)
				it->quiet &= ~READS;
			else
				*more = 1;
		}
		if (events & READS)
			events |= EPOLLRDHUP;
		events &= ~it->quiet;
	}
	return (struct pollfd){.fd = it->fd, .events = events};
}

// news is what to tell of an item, of which got is so. What else there is, told
// or not, is told with it, as on Linux.
static uint32_t news(struct item *it, uint32_t got, int tell) {
	if (!(it->events & EPOLLET))
		return got & it->events;
	if (!(got & ~it->quiet))
		return 0;
	int unread = pending(it); // before poll: what comes in between is news later
	struct pollfd p = {.fd = it->fd, .events = (it->events & ASKED) | (it->events & READS ? EPOLLRDHUP : 0)};
	if (__socklab_wait(&p, 1, 0) > 0)
		got |= p.revents;
	if (tell) {
		it->quiet |= got;
		it->unread = unread;
	}
	return got & it->events;
}

// collect waits up to ns nanoseconds (below zero for ever, but never longer
// than tick if poll cannot wait for all) and fills in up to max events. With
// max 0 it tells whether there is any. *stale tells that poll told nothing new.
static int collect(struct instance *e, struct epoll_event *events, int max, int64_t ns, int64_t tick, int *stale) {
	int more = 0, told = 0;
	for (int i = 0; i < e->n; i++)
		e->fds[i] = wanted(&e->items[i], &more);
	int ready = __socklab_wait(e->fds, e->n, more && (ns < 0 || ns > tick) ? tick : ns);
	if (ready < 0)
		return -1;
	*stale = ready > 0;
	for (int k = 0, first = e->first; k < e->n; k++) {
		int i = (first + k) % e->n;
		struct item *it = &e->items[i];
		if (e->fds[i].revents & POLLNVAL)
			it->fd = -1; // was closed by other means
		uint32_t got = e->fds[i].revents & POLLNVAL ? 0 : news(it, e->fds[i].revents, max > 0);
		if (!got)
			continue;
		if (!max)
			return 1;
		events[told++] = (struct epoll_event){got, it->data};
		if (it->events & EPOLLONESHOT)
			it->events &= ~(uint32_t)TELLS;
		if (told == max) {
			e->first = i + 1;
			break;
		}
	}
	return told;
}

int __socklab_ready(int fd) {
	int stale;
	return collect(instance_of(fd), 0, 0, 0, 0, &stale) > 0;
}

// wait_for waits up to ns nanoseconds; below zero for ever.
static int wait_for(int epfd, struct epoll_event *events, int max, int64_t ns) {
	struct instance *e = instance_of(epfd);
	__wasi_filestat_t st;
	if (max <= 0)
		return result(EINVAL);
	if (!e)
		return result(__wasi_fd_filestat_get(epfd, &st) ? EBADF : EINVAL);
	int64_t began = __socklab_now(), left = ns, tick = 0;
	for (;;) {
		int stale, told = collect(e, events, max, left, tick = __socklab_tick(tick), &stale);
		if (told)
			return told;
		if (ns >= 0 && (left = ns - (__socklab_now() - began)) <= 0)
			return 0;
		struct pollfd none = {.fd = -1};
		if (stale)
			__socklab_wait(&none, 1, ns >= 0 && left < tick ? left : tick);
	}
}

int epoll_wait(int epfd, struct epoll_event *events, int max, int ms) {
	return wait_for(epfd, events, max, ms < 0 ? -1 : ms * 1000000ll);
}

int epoll_pwait(int epfd, struct epoll_event *events, int max, int ms, const sigset_t *mask) {
	return (void)mask, epoll_wait(epfd, events, max, ms);
}

int epoll_pwait2(int epfd, struct epoll_event *events, int max, const struct timespec *t, const sigset_t *mask) {
	(void)mask;
	return wait_for(epfd, events, max, t ? t->tv_sec * 1000000000ll + t->tv_nsec : -1);
}
