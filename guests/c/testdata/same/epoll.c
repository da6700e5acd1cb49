// epoll, level-triggered, and its errors.
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static struct epoll_event told[8];

static void ctl(const char *what, int ep, int op, int fd, uint32_t events) {
	struct epoll_event e = {.events = events, .data.u64 = 0x123456789abcull + fd};
	int r = epoll_ctl(ep, op, fd, &e);
	printf("%s: %d %s\n", what, r, r ? strerror(errno) : "");
}

static void wait_(const char *what, int ep, int max, int ms) {
	int n = epoll_wait(ep, told, max, ms);
	printf("%s: %d", what, n);
	if (n < 0)
		printf(" %s", strerror(errno));
	for (int i = 0; i < n; i++)
		printf(" %#x", told[i].events);
	printf("\n");
}

int main(void) {
	int s[2], t[2], ep = epoll_create1(EPOLL_CLOEXEC), file = open("file", O_CREAT | O_RDWR, 0600);
	struct epoll_event e;
	char buf[100];
	socketpair(AF_UNIX, SOCK_STREAM, 0, s);
	socketpair(AF_UNIX, SOCK_STREAM, 0, t);
	printf("sizes: %zu %zu\n", sizeof e, sizeof e.data);
	printf("made: %d %d", ep >= 0, epoll_create(0));
	printf(" %s,", strerror(errno));
	printf(" %d %s\n", epoll_create1(1), strerror(errno));

	ctl("add", ep, EPOLL_CTL_ADD, s[0], EPOLLIN | EPOLLOUT);
	ctl("twice", ep, EPOLL_CTL_ADD, s[0], EPOLLIN);
	ctl("mod what is not there", ep, EPOLL_CTL_MOD, s[1], EPOLLIN);
	ctl("del what is not there", ep, EPOLL_CTL_DEL, s[1], 0);
	ctl("closed", ep, EPOLL_CTL_ADD, 99, EPOLLIN);
	ctl("negative", ep, EPOLL_CTL_ADD, -1, EPOLLIN);
	ctl("a file", ep, EPOLL_CTL_ADD, file, EPOLLIN);
	ctl("itself", ep, EPOLL_CTL_ADD, ep, EPOLLIN);
	ctl("no epoll", s[0], EPOLL_CTL_ADD, s[1], EPOLLIN);
	ctl("no descriptor", 99, EPOLL_CTL_ADD, s[1], EPOLLIN);
	ctl("no operation", ep, 7, s[0], EPOLLIN);
	ctl("mod to exclusive", ep, EPOLL_CTL_MOD, s[0], EPOLLIN | EPOLLEXCLUSIVE);
	printf("no event: %d", epoll_ctl(ep, EPOLL_CTL_ADD, s[1], 0));
	printf(" %s\n", strerror(errno));
	printf("read, write: %zd", read(ep, buf, 1));
	printf(" %s", strerror(errno));
	printf(" %zd %s\n", write(ep, buf, 1), strerror(errno));

	wait_("no room", ep, 0, 0);
	wait_("wait for no epoll", s[0], 1, 0);
	wait_("wait for no descriptor", 99, 1, 0);
	wait_("writable", ep, 8, -1);
	printf("data: %#llx\n", (unsigned long long)told[0].data.u64 - s[0]);
	wait_("still", ep, 8, -1);
	ctl("read only", ep, EPOLL_CTL_MOD, s[0], EPOLLIN);
	wait_("nothing", ep, 8, 10);
	write(s[1], "hello", 5);
	wait_("bytes", ep, 8, -1);
	read(s[0], buf, 2);
	wait_("some are left", ep, 8, -1);
	read(s[0], buf, 3);
	wait_("none are", ep, 8, 0);

	ctl("another", ep, EPOLL_CTL_ADD, t[0], EPOLLIN);
	write(s[1], "x", 1);
	write(t[1], "x", 1);
	wait_("both", ep, 8, -1);
	wait_("one", ep, 1, -1);
	int one = told[0].data.u64 - 0x123456789abcull;
	wait_("other", ep, 1, -1);
	int other = told[0].data.u64 - 0x123456789abcull;
	printf("in turn: %d\n", one + other == s[0] + t[0] && one != other);
	ctl("del", ep, EPOLL_CTL_DEL, t[0], 0);
	wait_("one again", ep, 8, -1);

	ctl("once", ep, EPOLL_CTL_MOD, s[0], EPOLLIN | EPOLLONESHOT);
	wait_("told", ep, 8, -1);
	wait_("not again", ep, 8, 10);
	ctl("armed", ep, EPOLL_CTL_MOD, s[0], EPOLLIN | EPOLLONESHOT);
	wait_("told again", ep, 8, -1);
	close(s[1]);
	wait_("not even a hangup", ep, 8, 10);
	ctl("end", ep, EPOLL_CTL_MOD, s[0], EPOLLIN | EPOLLRDHUP);
	wait_("the end", ep, 8, -1);
	ctl("hangups only", ep, EPOLL_CTL_MOD, s[0], 0);
	wait_("hangup", ep, 8, -1);
	close(s[0]);
	wait_("closed is gone", ep, 8, 0);

	// An epoll instance can be waited for, and has what dup gives it.
	int outer = epoll_create(1), twin = dup(ep);
	struct pollfd p = {ep, POLLIN, 0};
	ctl("inner", outer, EPOLL_CTL_ADD, ep, EPOLLIN);
	ctl("a circle", ep, EPOLL_CTL_ADD, outer, EPOLLIN);
	printf("poll: %d\n", poll(&p, 1, 0));
	wait_("outer", outer, 8, 0);
	ctl("by its twin", twin, EPOLL_CTL_ADD, t[0], EPOLLIN);
	printf("poll: %d", poll(&p, 1, -1));
	printf(" %#x\n", p.revents);
	wait_("outer", outer, 8, -1);
	close(ep);
	wait_("twin", twin, 8, -1);
	wait_("closed", ep, 8, -1);
	return 0;
}
