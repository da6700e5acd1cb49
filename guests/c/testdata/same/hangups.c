// poll that asks for nothing, or for the end alone.
#define _GNU_SOURCE
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static void poll1(const char *what, int fd, short events, int ms) {
	struct pollfd p = {fd, events, 0};
	int n = poll(&p, 1, ms);
	printf("%s: %d %#x\n", what, n, p.revents);
}

int main(void) {
	int s[2];
	socketpair(AF_UNIX, SOCK_STREAM, 0, s);
	poll1("nothing asked", s[0], 0, 0);
	write(s[1], "x", 1);
	poll1("a byte, and nothing asked", s[0], 0, 0);
	poll1("a byte, and the end asked", s[0], POLLRDHUP, 0);
	poll1("all", s[0], POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM | POLLRDHUP, 0);
	shutdown(s[1], SHUT_WR);
	poll1("the end", s[0], POLLRDHUP, -1);
	poll1("the end, and nothing asked", s[0], 0, 0);
	close(s[1]);
	poll1("hangup", s[0], 0, -1);
	poll1("all", s[0], POLLIN | POLLOUT | POLLRDHUP, 0);
	poll1("unconnected", socket(AF_INET, SOCK_STREAM, 0), 0, 0);
	poll1("closed", 99, 0, 0);
	poll1("none", -1, POLLIN, 0);
	return 0;
}
