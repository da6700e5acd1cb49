/* A connect that does not wait: it says EINPROGRESS, the socket becomes
 * writable when it is decided, and SO_ERROR tells how. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int check(int result, const char *call)
{
	if (result < 0) {
		perror(call);
		exit(1);
	}
	return result;
}

/* Makes a socket with a port of its own. */
static int bound(struct sockaddr_in *address)
{
	int fd = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
	*address = (struct sockaddr_in){ .sin_family = AF_INET };
	address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	check(bind(fd, (struct sockaddr *)address, sizeof *address), "bind");
	return fd;
}

static void call(const char *what, struct sockaddr_in address)
{
	int client = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
	check(fcntl(client, F_SETFL, O_NONBLOCK), "fcntl");
	if (connect(client, (struct sockaddr *)&address, sizeof address) < 0 && errno == EINPROGRESS)
		printf("%s: EINPROGRESS, then ", what);
	struct pollfd fd = { .fd = client, .events = POLLOUT };
	check(poll(&fd, 1, -1), "poll");
	int result;
	socklen_t size = sizeof result;
	check(getsockopt(client, SOL_SOCKET, SO_ERROR, &result, &size), "getsockopt");
	printf("%s\n", result == 0 ? "connected" : result == ECONNREFUSED ? "ECONNREFUSED" : strerror(result));
	check(close(client), "close");
}

int main(void)
{
	struct sockaddr_in open, closed;
	socklen_t size = sizeof open;
	int listener = bound(&open);
	check(listen(listener, 1), "listen");
	check(getsockname(listener, (struct sockaddr *)&open, &size), "getsockname");
	int silent = bound(&closed); /* never listens */
	check(getsockname(silent, (struct sockaddr *)&closed, &size), "getsockname");

	call("a port that listens", open);
	call("a port that does not", closed);
	check(close(silent), "close");
	check(close(listener), "close");
}
