// The calls on sockets that the host makes as they stand.
#include "call.h"
#include "epoll.h"
#include <sys/socket.h>

static int said_packet;

int socket(int family, int type, int protocol) {
	int fd, error = host_socket(family, type, protocol, &fd);
	if (error && family == AF_PACKET)
		__socklab_note(&said_packet, "socket: there are no packet sockets in the sandbox; use AF_INET with SOCK_STREAM or SOCK_DGRAM");
	return result(error) ? -1 : fd;
}

int socketpair(int family, int type, int protocol, int fds[2]) {
	return result(host_socketpair(family, type, protocol, &fds[0], &fds[1]));
}

int bind(int fd, const struct sockaddr *addr, socklen_t len) { return result(host_bind(fd, addr, len)); }

// changed passes on the result of a call that makes a socket another.
static int changed(int fd, int error) {
	if (__socklab_epoll)
		__socklab_epoll->changed(fd);
	return result(error);
}

int listen(int fd, int backlog) { return changed(fd, host_listen(fd, backlog)); }

int accept4(int fd, struct sockaddr *restrict addr, socklen_t *restrict len, int flags) {
	int newfd;
	uint32_t none;
	int error = addr && len ? host_accept(fd, flags, addr, *len, len, &newfd) : host_accept(fd, flags, 0, 0, &none, &newfd);
	return received(fd, result(error) ? -1 : 1, 1) < 0 ? -1 : newfd;
}

int accept(int fd, struct sockaddr *restrict addr, socklen_t *restrict len) { return accept4(fd, addr, len, 0); }

int connect(int fd, const struct sockaddr *addr, socklen_t len) { return changed(fd, host_connect(fd, addr, len)); }

int shutdown(int fd, int how) { return result(host_shutdown(fd, how)); }

int getsockname(int fd, struct sockaddr *restrict addr, socklen_t *restrict len) {
	return result(host_getsockname(fd, addr, *len, len));
}

int getpeername(int fd, struct sockaddr *restrict addr, socklen_t *restrict len) {
	return result(host_getpeername(fd, addr, *len, len));
}

int getsockopt(int fd, int level, int name, void *restrict value, socklen_t *restrict len) {
	socklen_t room = *len;
	if (result(host_getsockopt(fd, level, name, value, room, len)))
		return -1;
	if (*len > room)
		*len = room;
	return 0;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len) {
	return result(host_setsockopt(fd, level, name, value, len));
}

ssize_t sendto(int fd, const void *buf, size_t size, int flags, const struct sockaddr *addr, socklen_t len) {
	int n;
	int error = host_sendto(fd, buf, size, flags, addr, addr ? len : 0, &n);
	return sent(fd, result(error) ? -1 : n, size);
}

ssize_t send(int fd, const void *buf, size_t size, int flags) { return sendto(fd, buf, size, flags, 0, 0); }

ssize_t recvfrom(int fd, void *restrict buf, size_t size, int flags, struct sockaddr *restrict addr, socklen_t *restrict len) {
	uint32_t n, none;
	int how;
	int32_t e = addr && len ? host_recvfrom(fd, buf, size, &n, flags, addr, *len, len, &how)
				: host_recvfrom(fd, buf, size, &n, flags, 0, 0, &none, &how);
	// The host tells how long a datagram was; recv(2) does with MSG_TRUNC alone.
	ssize_t got = result(e) ? -1 : n > size && !(flags & MSG_TRUNC) ? (ssize_t)size : (ssize_t)n;
	return got >= 0 && flags & MSG_PEEK ? got : received(fd, got, size);
}

ssize_t recv(int fd, void *buf, size_t size, int flags) { return recvfrom(fd, buf, size, flags, 0, 0); }
