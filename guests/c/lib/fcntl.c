// fcntl, ioctl, second descriptors and the end of them.
#include "call.h"
#include "epoll.h"
#include <fcntl.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wasi/api.h>

int dup(int fd) {
	int newfd;
	if (result(host_dup(fd, &newfd)))
		return -1;
	if (__socklab_epoll)
		__socklab_epoll->copied(fd, newfd);
	return newfd;
}

int close(int fd) {
	if (result(__wasi_fd_close(fd)))
		return -1;
	if (__socklab_epoll)
		__socklab_epoll->closed(fd);
	return 0;
}

// dup_from is dup with the lowest number allowed.
static int dup_from(int fd, int least) {
	int newfd = dup(fd);
	if (newfd < 0 || newfd >= least)
		return newfd;
	int higher = dup_from(fd, least);
	int e = errno;
	close(newfd);
	errno = e;
	return higher;
}

// most is more descriptors than a program may have.
enum { most = 1 << 16 };

int dup2(int fd, int newfd) {
	__wasi_fdstat_t st;
	int error = __wasi_fd_fdstat_get(fd, &st);
	if (error || newfd < 0 || newfd >= most)
		return result(error ? error : EBADF);
	if (fd == newfd)
		return fd;
	if (__wasi_fd_fdstat_get(newfd, &st)) // a free number
		return dup_from(fd, newfd);
	int other = dup(fd);
	if (other < 0)
		return -1;
	error = __wasi_fd_renumber(other, newfd);
	if (error)
		close(other);
	if (!error && __socklab_epoll) {
		__socklab_epoll->closed(newfd);
		__socklab_epoll->copied(other, newfd);
		__socklab_epoll->closed(other);
	}
	return result(error) ? -1 : newfd;
}

static int said_owner;

static int get_flags(int fd) {
	__wasi_fdstat_t st;
	if (result(__wasi_fd_fdstat_get(fd, &st)))
		return -1;
	int flags = st.fs_flags;
	if (st.fs_rights_base & __WASI_RIGHTS_FD_READ)
		flags |= O_RDONLY;
	if (st.fs_rights_base & __WASI_RIGHTS_FD_WRITE)
		flags |= O_WRONLY;
	return flags;
}

int fcntl(int fd, int command, ...) {
	va_list ap;
	va_start(ap, command);
	int arg = command == F_GETFD || command == F_GETFL ? 0 : va_arg(ap, int);
	va_end(ap);
	switch (command) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		return arg < 0 || arg >= most ? result(EINVAL) : dup_from(fd, arg);
	case F_GETFD: // there is no exec that FD_CLOEXEC could matter to
	case F_SETFD:
		return get_flags(fd) < 0 ? -1 : 0;
	case F_GETFL:
		return get_flags(fd);
	case F_SETFL:
		return result(__wasi_fd_fdstat_set_flags(fd, arg & 0xfff));
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
		return result(ENOSYS);
	case F_SETOWN:
	case F_GETOWN:
		return __socklab_note(&said_owner, "fcntl: no signals come here, SIGIO neither; wait with select(), poll() or epoll_wait()");
	}
	return result(EINVAL);
}

int ioctl(int fd, int request, ...) {
	va_list ap;
	va_start(ap, request);
	int *arg = va_arg(ap, int *);
	va_end(ap);
	switch (request) {
	case FIONREAD: {
		int error = host_pending(fd, arg);
		return result(error == ENOTSOCK ? ENOTTY : error);
	}
	case FIONBIO: {
		int flags = get_flags(fd);
		if (flags < 0)
			return -1;
		return fcntl(fd, F_SETFL, *arg ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
	}
	}
	struct stat st;
	if (request >= SIOCGIFNAME && request <= SIOCGIFINDEX && !fstat(fd, &st) && S_ISSOCK(st.st_mode))
		return __socklab_interface(request, arg);
	return get_flags(fd) < 0 ? -1 : result(ENOTTY);
}

int sockatmark(int fd) {
	int at;
	return ioctl(fd, SIOCATMARK, &at) ? -1 : at;
}

int pipe(int fds[2]) {
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds))
		return -1;
	shutdown(fds[0], SHUT_WR);
	shutdown(fds[1], SHUT_RD);
	return 0;
}
