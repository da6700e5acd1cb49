// sendmsg, recvmsg and sendfile: the host knows one buffer a call.
#include "call.h"
#include "epoll.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

// total is how many bytes a message's buffers have; -1 if that is too many.
static ssize_t total(const struct msghdr *m) {
	size_t n = 0;
	for (size_t i = 0; i < m->msg_iovlen; i++) {
		if (m->msg_iov[i].iov_len > SSIZE_MAX - n) {
			errno = EINVAL;
			return -1;
		}
		n += m->msg_iov[i].iov_len;
	}
	return n;
}

// send_all is sendmsg with the message's bytes in one place.
static ssize_t send_all(int fd, const void *all, size_t n, const struct msghdr *m, int flags) {
	socklen_t len = m->msg_name ? m->msg_namelen : 0;
	if (!m->msg_control || !m->msg_controllen)
		return sendto(fd, all, n, flags, m->msg_name, len);
	int32_t k;
	int error = host_sendmsg(fd, all, n, flags, m->msg_name, len, m->msg_control, m->msg_controllen, &k);
	return sent(fd, result(error) ? -1 : k, n);
}

ssize_t sendmsg(int fd, const struct msghdr *m, int flags) {
	if (m->msg_iovlen == 1)
		return send_all(fd, m->msg_iov[0].iov_base, m->msg_iov[0].iov_len, m, flags);
	ssize_t n = total(m);
	if (n < 0)
		return -1;
	char *all = malloc(n + 1), *to = all;
	if (!all)
		return -1;
	for (size_t i = 0; i < m->msg_iovlen; i++) {
		memcpy(to, m->msg_iov[i].iov_base, m->msg_iov[i].iov_len);
		to += m->msg_iov[i].iov_len;
	}
	n = send_all(fd, all, n, m, flags);
	int e = errno;
	free(all);
	errno = e;
	return n;
}

ssize_t recvmsg(int fd, struct msghdr *m, int flags) {
	ssize_t room = total(m);
	if (room < 0)
		return -1;
	char *all = m->msg_iovlen == 1 ? m->msg_iov[0].iov_base : malloc(room + 1);
	if (!all && room)
		return -1;
	uint32_t n, len = 0, control = 0, name = m->msg_name ? m->msg_namelen : 0;
	int32_t e;
	if (m->msg_control && m->msg_controllen)
		e = host_recvmsg(fd, all, room, &n, flags, m->msg_name, name, &len, m->msg_control, m->msg_controllen, &control, &m->msg_flags);
	else
		e = host_recvfrom(fd, all, room, &n, flags, m->msg_name, name, &len, &m->msg_flags);
	if (!e) {
		m->msg_namelen = len;
		m->msg_controllen = control;
	}
	if (m->msg_iovlen != 1) {
		char *from = all;
		size_t left = e ? 0 : n < (size_t)room ? n : (size_t)room;
		for (size_t i = 0; left; i++) {
			size_t k = m->msg_iov[i].iov_len < left ? m->msg_iov[i].iov_len : left;
			memcpy(m->msg_iov[i].iov_base, from, k);
			from += k;
			left -= k;
		}
		free(all);
	}
	ssize_t got = result(e) ? -1 : n > (size_t)room && !(flags & MSG_TRUNC) ? room : (ssize_t)n;
	return got >= 0 && flags & MSG_PEEK ? got : received(fd, got, room);
}

ssize_t sendfile(int to, int from, off_t *offset, size_t count) {
	char buf[16384];
	size_t done = 0;
	while (done < count) {
		size_t want = count - done < sizeof buf ? count - done : sizeof buf;
		off_t at = offset ? *offset : lseek(from, 0, SEEK_CUR);
		if (at < 0)
			return done ? (ssize_t)done : -1;
		ssize_t n = pread(from, buf, want, at);
		if (n <= 0)
			return done || !n ? (ssize_t)done : -1;
		ssize_t w = write(to, buf, n);
		if (w < 0)
			return done ? (ssize_t)done : -1;
		done += w;
		if (offset)
			*offset += w;
		else
			lseek(from, at + w, SEEK_SET);
		if (w < n)
			break;
	}
	return done;
}
