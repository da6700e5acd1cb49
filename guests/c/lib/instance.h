// An epoll instance, as its files share it.
#ifndef SOCKLAB_INSTANCE_H
#define SOCKLAB_INSTANCE_H

#include "epoll.h"
#include <sys/epoll.h>
#include <wasi/api.h>

struct item {
	int fd;
	uint32_t events;
	epoll_data_t data;
	uint64_t ino;	// of the open socket, which dup may give more numbers; 0: no socket
	int counts;	// a stream, whose unread bytes can be counted
	uint32_t quiet; // with EPOLLET: what was told, and is no news now
	int unread;	// bytes that were there when EPOLLIN was told, less those read
};

struct instance {
	int refs;
	struct item *items;
	struct pollfd *fds; // room for as many
	int n, room;
	int first; // whose turn it is to be told first
};

// __socklab_instances are the instances by number; others are null.
extern struct instance **__socklab_instances;
extern int __socklab_most; // how many numbers that has

static inline struct instance *instance_of(int fd) {
	return fd >= 0 && fd < __socklab_most ? __socklab_instances[fd] : 0;
}

static inline int is_socket(const __wasi_filestat_t *st) {
	return st->filetype == __WASI_FILETYPE_SOCKET_STREAM || st->filetype == __WASI_FILETYPE_SOCKET_DGRAM;
}

void __socklab_received(int fd, ssize_t n, size_t asked);
void __socklab_sent(int fd, ssize_t n, size_t asked);
void __socklab_changed(int fd);
int __socklab_ready(int fd);

#endif
