/* Calls that wait, but not for ever: a time limit for receiving, for
 * accepting, and for waiting. */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static int check(int result, const char *call)
{
	if (result < 0) {
		perror(call);
		exit(1);
	}
	return result;
}

static const char *name(int error)
{
	return error == EAGAIN ? "EAGAIN" : strerror(error);
}

int main(void)
{
	const struct timeval limit = { .tv_usec = 50000 };
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof address;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int listener = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
	check(bind(listener, (struct sockaddr *)&address, size), "bind");
	check(listen(listener, 1), "listen");
	check(setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), "setsockopt");
	if (accept(listener, (struct sockaddr *)&address, &size) < 0)
		printf("nobody called: %s\n", name(errno));
	check(close(listener), "close");

	int pair[2];
	char buf[100];
	check(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
	check(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), "setsockopt");
	if (recv(pair[0], buf, sizeof buf, 0) < 0)
		printf("nothing came: %s\n", name(errno));

	struct pollfd fd = { .fd = pair[0], .events = POLLIN };
	printf("sockets that are ready: %d\n", check(poll(&fd, 1, 50), "poll"));
	check(send(pair[1], "at last", 7, 0), "send");
	printf("sockets that are ready: %d\n", check(poll(&fd, 1, 50), "poll"));
	int n = check(recv(pair[0], buf, sizeof buf, 0), "recv");
	printf("received %.*s\n", n, buf);
	check(close(pair[1]), "close");
	check(close(pair[0]), "close");
}
