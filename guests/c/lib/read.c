// read and readv, which stdio calls. A prompt without a newline must be seen
// before the program waits for an answer, as the C library of Linux has it on
// a terminal.
#include "call.h"
#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>
#include <wasi/api.h>

ssize_t readv(int fd, const struct iovec *iov, int n) {
	size_t got;
	if (n < 0)
		return result(EINVAL);
	if (fd == STDIN_FILENO)
		fflush(stdout);
	return result(__wasi_fd_read(fd, (const __wasi_iovec_t *)iov, n, &got)) ? -1 : (ssize_t)got;
}

ssize_t read(int fd, void *buf, size_t size) { return readv(fd, &(struct iovec){buf, size}, 1); }
