// What the rest of libsocket tells epoll, and asks it. Nothing of epoll is
// called before a program has made an instance.
#ifndef SOCKLAB_EPOLL_H
#define SOCKLAB_EPOLL_H

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/types.h>

struct epoll_calls {
	void (*closed)(int fd);
	void (*copied)(int fd, int newfd);
	// received and sent tell how a transfer went: n of at most asked bytes, or -1
	// and errno.
	void (*received)(int fd, ssize_t n, size_t asked);
	void (*sent)(int fd, ssize_t n, size_t asked);
	void (*changed)(int fd); // what fd is: it listens now, or has a peer
	int (*has)(int fd);	 // whether it is the number of an instance
	int (*ready)(int fd);	 // whether that instance has something to tell
};

extern const struct epoll_calls *__socklab_epoll;

static inline ssize_t received(int fd, ssize_t n, size_t asked) {
	if (__socklab_epoll)
		__socklab_epoll->received(fd, n, asked);
	return n;
}

static inline ssize_t sent(int fd, ssize_t n, size_t asked) {
	if (__socklab_epoll)
		__socklab_epoll->sent(fd, n, asked);
	return n;
}

// __socklab_wait is poll with nanoseconds; below zero it waits for ever.
int __socklab_wait(struct pollfd *, nfds_t, int64_t);

// __socklab_now is the monotonic clock's time in nanoseconds.
int64_t __socklab_now(void);

// __socklab_tick is how long to wait before looking again at what cannot be
// waited for, after a wait of tick nanoseconds.
static inline int64_t __socklab_tick(int64_t tick) { return !tick ? 1000000 : tick < 16000000 ? 2 * tick : tick; }

#endif
