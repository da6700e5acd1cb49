// poll and select.
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static int poll1(int fd, short events, int ms) {
	struct pollfd p = {.fd = fd, .events = events};
	int n = poll(&p, 1, ms);
	return n < 0 ? -1 : n * 0x10000 + p.revents;
}

static int listener(struct sockaddr_in *a) {
	socklen_t len = sizeof *a;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	*a = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	bind(fd, (struct sockaddr *)a, sizeof *a);
	getsockname(fd, (struct sockaddr *)a, &len);
	listen(fd, 5);
	return fd;
}

int main(void) {
	struct sockaddr_in a;
	int l = listener(&a), c = socket(AF_INET, SOCK_STREAM, 0), error;
	socklen_t len = sizeof error;
	printf("nothing: %#x\n", poll1(l, POLLIN, 0));
	fcntl(c, F_SETFL, O_NONBLOCK);
	int r = connect(c, (struct sockaddr *)&a, sizeof a);
	printf("connect: %d\n", r == 0 || errno == EINPROGRESS);
	printf("connected: %#x\n", poll1(c, POLLOUT, 5000));
	getsockopt(c, SOL_SOCKET, SO_ERROR, &error, &len);
	printf("SO_ERROR: %d\n", error);
	printf("waiting: %#x\n", poll1(l, POLLIN, 5000));
	int s = accept(l, 0, 0);
	printf("idle: %#x\n", poll1(s, POLLIN | POLLOUT, 0));
	write(c, "x", 1);
	poll1(s, POLLIN, 5000);
	printf("byte: %#x\n", poll1(s, POLLIN | POLLOUT, 1000));

	// Two are ready, one is not, one is none, one is not asked about.
	struct pollfd p[] = {{s, POLLIN, 77}, {c, POLLIN, 77}, {l, POLLIN, 77}, {99, POLLIN, 77}, {-1, POLLIN, 77}};
	printf("five: %d", poll(p, 5, 1000));
	for (int i = 0; i < 5; i++)
		printf(" %#x", p[i].revents);
	printf("\n");

	fd_set in, out, odd;
	struct timeval t = {.tv_sec = 5};
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&odd);
	FD_SET(s, &in);
	FD_SET(c, &in);
	FD_SET(l, &in);
	FD_SET(c, &out);
	FD_SET(l, &odd);
	r = select(l + c + s, &in, &out, &odd, &t);
	printf("select: %d %d%d%d %d %d left %d\n", r, !!FD_ISSET(s, &in), !!FD_ISSET(c, &in), !!FD_ISSET(l, &in), !!FD_ISSET(c, &out), !!FD_ISSET(l, &odd), t.tv_sec >= 3);
	FD_ZERO(&in);
	FD_SET(c, &in);
	t = (struct timeval){.tv_usec = 10000};
	r = select(c + 1, &in, 0, 0, &t);
	printf("timeout: %d %d left %d\n", r, !!FD_ISSET(c, &in), (int)(t.tv_sec + t.tv_usec));
	// Linux says so below the size of the process's table alone, which is 64 or
	// more, and takes no notice of what lies beyond (fs/select.c, core_sys_select).
	FD_SET(60, &in);
	r = select(61, &in, 0, 0, 0);
	printf("no descriptor: %d %s\n", r, strerror(errno));
	r = select(-1, 0, 0, 0, 0);
	printf("negative: %d %s\n", r, strerror(errno));
	t = (struct timeval){.tv_usec = 1000};
	printf("sleep: %d\n", select(0, 0, 0, 0, &t));
	printf("none: %d\n", poll(0, 0, 1));

	shutdown(c, SHUT_WR);
	char b;
	read(s, &b, 1);
	printf("half: %#x\n", poll1(s, POLLIN, 1000));
	shutdown(s, SHUT_WR);
	printf("both: %#x\n", poll1(s, POLLIN, 1000) & ~POLLHUP);
	FD_ZERO(&in);
	FD_SET(s, &in);
	printf("select: %d\n", select(s + 1, &in, 0, 0, 0));

	// What else than being ready is told.
	struct sockaddr_in nobody;
	len = sizeof nobody;
	int held = socket(AF_INET, SOCK_STREAM, 0), none = socket(AF_INET, SOCK_STREAM, 0);
	nobody = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	bind(held, (struct sockaddr *)&nobody, sizeof nobody);
	getsockname(held, (struct sockaddr *)&nobody, &len);
	fcntl(none, F_SETFL, O_NONBLOCK);
	connect(none, (struct sockaddr *)&nobody, sizeof nobody);
	r = poll1(none, POLLOUT, 5000);
	printf("refused: %#x %#x\n", r, poll1(none, POLLIN | POLLOUT, 0));
	printf("unconnected: %#x\n", poll1(held, POLLIN | POLLOUT, 0));
	int d1 = socket(AF_INET, SOCK_STREAM, 0);
	connect(d1, (struct sockaddr *)&a, sizeof a);
	int d2 = accept(l, 0, 0);
	struct linger abrupt = {1, 0};
	setsockopt(d1, SOL_SOCKET, SO_LINGER, &abrupt, sizeof abrupt);
	close(d1);
	r = poll1(d2, POLLIN, 5000);
	printf("reset: %#x %#x\n", r, poll1(d2, POLLOUT, 0));
	int pair[2];
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	close(pair[1]);
	r = poll1(pair[0], POLLIN, 0);
	printf("gone: %#x %#x\n", r, poll1(pair[0], POLLOUT, 0));
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(d2, &in);
	FD_SET(none, &out);
	FD_SET(pair[0], &in);
	r = select(99, &in, &out, 0, 0);
	printf("select: %d\n", r);

	int q[2];
	pipe(q);
	printf("pipe: %#x %#x\n", poll1(q[0], POLLIN, 0), poll1(q[1], POLLOUT, 0));
	write(q[1], "p", 1);
	printf("pipe: %#x\n", poll1(q[0], POLLIN, 1000));

	// Standard input, a timeout and a socket in one call.
	struct pollfd both[] = {{0, POLLIN, 0}, {q[0], POLLIN, 0}};
	r = poll(both, 2, 5000);
	printf("stdin: %d %d %#x\n", r, both[0].revents & POLLIN, both[1].revents);
	char line[16] = "";
	ssize_t n = read(0, line, sizeof line - 1);
	printf("read: %zd %s", n, line);
	int d = fcntl(q[0], F_DUPFD, 20);
	printf("F_DUPFD: %d %d\n", d >= 20, poll1(d, POLLIN, 0) > 0);
	r = dup2(q[1], 30);
	printf("dup2: %d %zd\n", r, write(30, "y", 1));
	printf("flags: %d %d\n", fcntl(c, F_GETFL) & O_NONBLOCK ? 1 : 0, (fcntl(s, F_GETFL) & O_ACCMODE) == O_RDWR);
	return 0;
}
