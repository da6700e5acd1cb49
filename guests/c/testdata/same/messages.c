// Messages, streams and files.
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

static int bound(int type, struct sockaddr_in *a) {
	socklen_t len = sizeof *a;
	int fd = socket(AF_INET, type, 0);
	*a = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	bind(fd, (struct sockaddr *)a, sizeof *a);
	getsockname(fd, (struct sockaddr *)a, &len);
	return fd;
}

static void show(const char *what, ssize_t n, const char *buf, size_t len) {
	printf("%s: %zd", what, n);
	if (n < 0)
		printf(" %s\n", strerror(errno));
	else
		printf(" \"%.*s\"\n", (int)((size_t)n < len ? (size_t)n : len), buf);
}

static void datagrams(void) {
	struct sockaddr_in a, b, from;
	int s = bound(SOCK_DGRAM, &a), c = bound(SOCK_DGRAM, &b), n;
	socklen_t len = sizeof from;
	char buf[64], x[3], y[5];
	struct iovec out[3] = {{"one ", 4}, {"two ", 4}, {"three", 5}};
	struct msghdr m = {.msg_name = &a, .msg_namelen = sizeof a, .msg_iov = out, .msg_iovlen = 3};
	printf("sendmsg: %zd\n", sendmsg(c, &m, 0));
	struct pollfd p = {s, POLLIN, 0}; // what is sent comes later
	poll(&p, 1, 5000);
	ioctl(s, FIONREAD, &n);
	printf("FIONREAD: %d\n", n);
	show("peek", recvfrom(s, buf, sizeof buf, MSG_PEEK, 0, 0), buf, sizeof buf);
	struct iovec in[2] = {{x, sizeof x}, {y, sizeof y}};
	m = (struct msghdr){.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = in, .msg_iovlen = 2};
	ssize_t got = recvmsg(s, &m, 0);
	printf("recvmsg: %zd %.3s %.5s flags %#x from c: %d %u\n", got, x, y, m.msg_flags, from.sin_port == b.sin_port, m.msg_namelen);
	sendto(c, "0123456789", 10, 0, (struct sockaddr *)&a, sizeof a);
	show("cut", recvfrom(s, buf, 4, 0, (struct sockaddr *)&from, &len), buf, 4);
	sendto(c, "0123456789", 10, 0, (struct sockaddr *)&a, sizeof a);
	show("MSG_TRUNC", recv(s, buf, 4, MSG_TRUNC), buf, 4);
	sendto(c, "", 0, 0, (struct sockaddr *)&a, sizeof a);
	show("empty", recv(s, buf, sizeof buf, 0), buf, 0);
	show("none", recv(s, buf, sizeof buf, MSG_DONTWAIT), buf, 0);
	printf("connect: %d\n", connect(c, (struct sockaddr *)&a, sizeof a));
	printf("send: %zd\n", send(c, "x", 1, 0));
	struct timeval t = {.tv_usec = 20000};
	recv(s, buf, 1, 0);
	printf("SO_RCVTIMEO: %d\n", setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t));
	show("timeout", recv(s, buf, 1, 0), buf, 0);
	len = sizeof t;
	getsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &t, &len);
	printf("SO_RCVTIMEO: %u %d\n", len, t.tv_usec > 0);
}

static void streams(void) {
	int p[2], type, error;
	socklen_t len = sizeof type;
	char buf[64];
	socketpair(AF_UNIX, SOCK_STREAM, 0, p);
	getsockopt(p[0], SOL_SOCKET, SO_TYPE, &type, &len);
	printf("SO_TYPE: %d %u\n", type, len);
	len = sizeof error;
	getsockopt(p[0], SOL_SOCKET, SO_ERROR, &error, &len);
	printf("SO_ERROR: %d\n", error);
	struct iovec out[2] = {{"gather ", 7}, {"write", 5}};
	printf("writev: %zd\n", writev(p[0], out, 2));
	show("gathered", recv(p[1], buf, 12, MSG_WAITALL), buf, 12);
	FILE *f = fdopen(dup(p[0]), "w");
	fprintf(f, "line %d\n", 1);
	fclose(f);
	show("fdopen", read(p[1], buf, sizeof buf), buf, 6);
	printf("shutdown: %d\n", shutdown(p[0], SHUT_WR));
	show("end", read(p[1], buf, sizeof buf), buf, 0);
	printf("still: %zd\n", write(p[1], "other way", 9));
	shutdown(p[1], SHUT_WR);
	show("other", recv(p[0], buf, sizeof buf, MSG_WAITALL), buf, sizeof buf);

	socketpair(AF_UNIX, SOCK_STREAM, 0, p);
	int file = open("sent.txt", O_RDWR | O_CREAT | O_TRUNC, 0600);
	write(file, "0123456789abcdef", 16);
	off_t at = 4;
	ssize_t sent = sendfile(p[0], file, &at, 6);
	printf("sendfile: %zd %d\n", sent, (int)at);
	show("sent", read(p[1], buf, sizeof buf), buf, sizeof buf);
	lseek(file, 10, SEEK_SET);
	sent = sendfile(p[0], file, 0, 100);
	printf("sendfile: %zd %d\n", sent, (int)lseek(file, 0, SEEK_CUR));
	show("sent", read(p[1], buf, sizeof buf), buf, sizeof buf);
	printf("sendfile: %zd\n", sendfile(p[0], file, 0, 100));
	unlink("sent.txt");
}

static void names(void) {
	struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "a.sock"}, b;
	socklen_t len = sizeof b;
	int l = socket(AF_UNIX, SOCK_STREAM, 0), c = socket(AF_UNIX, SOCK_STREAM, 0);
	printf("bind: %d\n", bind(l, (struct sockaddr *)&a, SUN_LEN(&a)));
	printf("listen: %d\n", listen(l, 1));
	printf("connect: %d\n", connect(c, (struct sockaddr *)&a, sizeof a));
	getsockname(l, (struct sockaddr *)&b, &len);
	printf("getsockname: %s\n", b.sun_path);
	int s = accept(l, 0, 0);
	printf("write: %zd\n", write(c, "hi", 2));
	char buf[8];
	show("read", read(s, buf, sizeof buf), buf, sizeof buf);
	printf("unlink: %d\n", unlink("a.sock"));
}

int main(void) {
	datagrams();
	streams();
	names();
	printf("sizes: %zu %zu %zu %zu %zu %zu %zu %zu %zu\n", sizeof(struct sockaddr), sizeof(struct sockaddr_in), sizeof(struct sockaddr_in6),
	       sizeof(struct sockaddr_un), sizeof(struct sockaddr_storage), sizeof(struct linger), sizeof(struct timeval), sizeof(struct pollfd), sizeof(fd_set));
	return 0;
}
