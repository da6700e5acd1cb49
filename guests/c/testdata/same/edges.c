// epoll, edge-triggered.
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static char buf[1 << 20];

static void wait_(const char *what, int ep, int ms) {
	struct epoll_event e[8];
	int n = epoll_wait(ep, e, 8, ms);
	if (n == 2 && e[0].data.fd > e[1].data.fd) { // who is first is chance
		e[2] = e[0];
		e[0] = e[1];
		e[1] = e[2];
	}
	printf("%s: %d", what, n);
	for (int i = 0; i < n; i++)
		printf(" %#x", e[i].events);
	printf("\n");
}

static void add(int ep, int fd, uint32_t events) {
	struct epoll_event e = {.events = events | EPOLLET, .data.fd = fd};
	if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e))
		perror("epoll_ctl");
}

// arrived waits until a descriptor can be read.
static void arrived(int fd) { poll(&(struct pollfd){fd, POLLIN, 0}, 1, -1); }

static void get(const char *what, int fd, size_t size) {
	printf("%s: %zd", what, recv(fd, buf, size, 0));
	printf(" %zd\n", recv(fd, buf, size, 0));
}

static void bytes(void) {
	int s[2], ep = epoll_create1(0);
	socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, s);
	add(ep, s[0], EPOLLIN | EPOLLOUT | EPOLLRDHUP);
	wait_("writable", ep, -1);
	wait_("told", ep, 10);
	write(s[1], "abcdef", 6);
	wait_("bytes", ep, -1);
	wait_("told", ep, 10);
	read(s[0], buf, 2);
	wait_("four are left", ep, 30);
	write(s[1], "gh", 2);
	wait_("more have come", ep, -1);
	get("drained", s[0], 100);
	wait_("nothing", ep, 10);
	write(s[1], "ijkl", 4);
	wait_("bytes", ep, -1);
	printf("just these: %zd\n", read(s[0], buf, 4));
	wait_("nothing", ep, 10);
	write(s[1], "m", 1);
	wait_("bytes", ep, -1);
	int twin = dup(s[0]);
	printf("by the twin: %zd\n", recv(twin, buf, 100, 0));
	write(s[1], "n", 1);
	wait_("bytes", ep, -1);
	printf("peeked: %zd\n", recv(s[0], buf, 100, MSG_PEEK));
	wait_("told", ep, 10);
	struct epoll_event e = {.events = EPOLLIN | EPOLLET};
	epoll_ctl(ep, EPOLL_CTL_MOD, s[0], &e);
	wait_("asked again", ep, -1);
	shutdown(s[1], SHUT_WR);
	wait_("the end", ep, -1);
	get("read", s[0], 100);
	wait_("told", ep, 10);
	close(s[1]);
	wait_("hangup", ep, -1);
	wait_("told", ep, 10);
	close(s[0]), close(twin), close(ep);
}

static void room(void) {
	int s[2], ep = epoll_create1(0);
	socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, s);
	add(ep, s[0], EPOLLOUT);
	wait_("writable", ep, -1);
	while (write(s[0], buf, 10000) == 10000)
		;
	wait_("full", ep, 10);
	while (read(s[1], buf, sizeof buf) > 0)
		;
	wait_("room", ep, -1);
	wait_("told", ep, 10);
	close(s[0]), close(s[1]), close(ep);
}

static void connections(void) {
	int ep = epoll_create1(0), l = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof a;
	bind(l, (struct sockaddr *)&a, sizeof a);
	getsockname(l, (struct sockaddr *)&a, &len);
	listen(l, 5);
	add(ep, l, EPOLLIN);
	add(ep, c, EPOLLIN | EPOLLOUT);
	wait_("not connected", ep, -1);
	connect(c, (struct sockaddr *)&a, sizeof a);
	arrived(l);
	poll(&(struct pollfd){c, POLLOUT, 0}, 1, -1);
	wait_("who waits, and who is connected", ep, -1);
	wait_("told", ep, 10);
	int s = accept(l, 0, 0);
	wait_("accepted", ep, 10);
	printf("no more: %d", accept(l, 0, 0));
	printf(" %d\n", errno == EAGAIN);
	int d = socket(AF_INET, SOCK_STREAM, 0);
	connect(d, (struct sockaddr *)&a, sizeof a);
	wait_("another", ep, -1);
	close(s);
	wait_("the end", ep, -1);
	close(l), close(c), close(d), close(ep);
}

static void datagrams(void) {
	int s[2], ep = epoll_create1(0);
	socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, s);
	add(ep, s[0], EPOLLIN);
	wait_("none", ep, 0);
	send(s[1], "one", 3, 0);
	wait_("one", ep, -1);
	wait_("told", ep, 10);
	get("received", s[0], 100);
	send(s[1], "", 0, 0);
	wait_("an empty one", ep, -1);
	printf("received: %zd\n", recv(s[0], buf, 100, 0));
	send(s[1], "two", 3, 0);
	wait_("two", ep, -1);
	close(s[0]), close(s[1]), close(ep);
}

static void once(void) {
	int s[2], ep = epoll_create1(0);
	socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, s);
	add(ep, s[0], EPOLLIN | EPOLLONESHOT);
	write(s[1], "abc", 3);
	wait_("once", ep, -1);
	write(s[1], "abc", 3);
	wait_("not again", ep, 10);
	struct epoll_event e = {.events = EPOLLIN | EPOLLET | EPOLLONESHOT};
	epoll_ctl(ep, EPOLL_CTL_MOD, s[0], &e);
	wait_("armed", ep, -1);
	close(s[0]), close(s[1]), close(ep);
}

int main(void) {
	bytes();
	room();
	connections();
	datagrams();
	once();
	return 0;
}
