// read, write and those of several buffers, which stdio calls. A prompt without
// a newline must be seen before the program waits for an answer, as the C
// library of Linux has it on a terminal.
#include "call.h"
#include "epoll.h"
#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>
#include <wasi/api.h>

// room is how much the buffers have; as much as got if the host filled the first
// of them alone.
static size_t room(const struct iovec *iov, int n, size_t got) {
	size_t total = 0;
	for (int i = 0; i < n && !(total && total == got); i++)
		total += iov[i].iov_len;
	return total;
}

ssize_t readv(int fd, const struct iovec *iov, int n) {
	size_t got = 0;
	if (n < 0)
		return result(EINVAL);
	if (fd == STDIN_FILENO)
		fflush(stdout);
	int error = result(__wasi_fd_read(fd, (const __wasi_iovec_t *)iov, n, &got));
	return __socklab_epoll ? received(fd, error ? -1 : (ssize_t)got, room(iov, n, got)) : error ? -1 : (ssize_t)got;
}

ssize_t read(int fd, void *buf, size_t size) { return readv(fd, &(struct iovec){buf, size}, 1); }

ssize_t writev(int fd, const struct iovec *iov, int n) {
	size_t put = 0;
	if (n < 0)
		return result(EINVAL);
	int error = result(__wasi_fd_write(fd, (const __wasi_ciovec_t *)iov, n, &put));
	return __socklab_epoll ? sent(fd, error ? -1 : (ssize_t)put, room(iov, n, 0)) : error ? -1 : (ssize_t)put;
}

ssize_t write(int fd, const void *buf, size_t size) { return writev(fd, &(struct iovec){(void *)buf, size}, 1); }
