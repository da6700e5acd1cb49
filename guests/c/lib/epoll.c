// epoll instances: descriptors and what a program wants to know of them. All
// is kept here; the host gives the number and waits. epoll(7).
#include "call.h"
#include "instance.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct instance **__socklab_instances;
int __socklab_most;

static void take_out(struct instance *e, int i) {
	memmove(&e->items[i], &e->items[i + 1], (--e->n - i) * sizeof *e->items);
	if (e->first > i)
		e->first--;
}

static int find(const struct instance *e, int fd) {
	for (int i = 0; i < e->n; i++)
		if (e->items[i].fd == fd)
			return i;
	return -1;
}

static void closed(int fd) {
	for (int ep = 0; ep < __socklab_most; ep++) {
		int i = __socklab_instances[ep] ? find(__socklab_instances[ep], fd) : -1;
		if (i >= 0)
			take_out(__socklab_instances[ep], i);
	}
	struct instance *e = instance_of(fd);
	if (!e)
		return;
	__socklab_instances[fd] = 0;
	if (!--e->refs) {
		free(e->items);
		free(e->fds);
		free(e);
	}
}

// number makes a descriptor refer to an instance; 0 if there is no memory.
static int number(int fd, struct instance *e) {
	if (fd >= __socklab_most) {
		int most = 2 * fd + 8;
		struct instance **all = realloc(__socklab_instances, most * sizeof *all);
		if (!all)
			return 0;
		memset(all + __socklab_most, 0, (most - __socklab_most) * sizeof *all);
		__socklab_instances = all;
		__socklab_most = most;
	}
	__socklab_instances[fd] = e;
	e->refs++;
	return 1;
}

static void copied(int fd, int newfd) {
	struct instance *e = instance_of(fd);
	if (e)
		number(newfd, e);
}

static int has(int fd) { return instance_of(fd) != 0; }

int epoll_create1(int flags) {
	static const struct epoll_calls calls = {
		closed, copied, __socklab_received, __socklab_sent, __socklab_changed, has, __socklab_ready,
	};
	int fd;
	if (result(flags & ~EPOLL_CLOEXEC ? EINVAL : 0) || result(host_epoll_create(&fd)))
		return -1;
	struct instance *e = calloc(1, sizeof *e);
	if (!e || !number(fd, e)) {
		free(e);
		close(fd);
		return result(ENOMEM);
	}
	__socklab_epoll = &calls;
	return fd;
}

int epoll_create(int size) { return size <= 0 ? result(EINVAL) : epoll_create1(0); }

// loops tells whether an instance is among what another waits for, however
// deep; what is too deep to look at counts as if it were.
static int loops(const struct instance *from, const struct instance *to, int deep) {
	if (from == to || !deep)
		return 1;
	for (int i = 0; i < from->n; i++) {
		const struct instance *in = instance_of(from->items[i].fd);
		if (in && loops(in, to, deep - 1))
			return 1;
	}
	return 0;
}

// set says what to tell of an item, and that nothing has been told yet. The
// edges of an instance are not known: it has levels.
static void set(struct item *it, const struct epoll_event *event) {
	it->events = (event->events & ~(has(it->fd) ? EPOLLET : 0u)) | EPOLLERR | EPOLLHUP;
	it->data = event->data;
	it->quiet = 0;
}

#define MAY_BE_EXCLUSIVE (EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLET | EPOLLEXCLUSIVE | EPOLLWAKEUP)

static int add(struct instance *e, int fd, const struct epoll_event *event, const __wasi_filestat_t *st) {
	const struct instance *in = instance_of(fd);
	if (in && loops(in, e, 5))
		return result(ELOOP);
	if (find(e, fd) >= 0)
		return result(EEXIST);
	if (e->n == e->room) {
		int room = 2 * e->room + 8;
		struct item *items = realloc(e->items, room * sizeof *items);
		if (items)
			e->items = items;
		struct pollfd *fds = realloc(e->fds, room * sizeof *fds);
		if (fds)
			e->fds = fds;
		if (!items || !fds)
			return result(ENOMEM);
		e->room = room;
	}
	struct item it = {.fd = fd, .ino = is_socket(st) ? st->ino : 0, .counts = st->filetype == __WASI_FILETYPE_SOCKET_STREAM};
	set(&it, event);
	e->items[e->n++] = it;
	return 0;
}

int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event) {
	__wasi_filestat_t st;
	if (op != EPOLL_CTL_DEL && !event)
		return result(EFAULT);
	if (__wasi_fd_filestat_get(epfd, &st) || __wasi_fd_filestat_get(fd, &st))
		return result(EBADF);
	if (st.filetype == __WASI_FILETYPE_REGULAR_FILE || st.filetype == __WASI_FILETYPE_DIRECTORY)
		return result(EPERM);
	struct instance *e = instance_of(epfd);
	if (!e || epfd == fd)
		return result(EINVAL);
	if (op != EPOLL_CTL_DEL && event->events & EPOLLEXCLUSIVE &&
	    (op == EPOLL_CTL_MOD || event->events & ~MAY_BE_EXCLUSIVE || has(fd)))
		return result(EINVAL);
	if (op == EPOLL_CTL_ADD)
		return add(e, fd, event, &st);
	int i = find(e, fd);
	switch (op) {
	case EPOLL_CTL_DEL:
		if (i >= 0)
			take_out(e, i);
		return i < 0 ? result(ENOENT) : 0;
	case EPOLL_CTL_MOD:
		if (i < 0)
			return result(ENOENT);
		if (e->items[i].events & EPOLLEXCLUSIVE)
			return result(EINVAL);
		set(&e->items[i], event);
		return 0;
	}
	return result(EINVAL);
}
