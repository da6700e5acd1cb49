/* Three ways to receive: to look without taking, not to wait, and to wait for
 * all. */

#include <errno.h>
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

static void receive(const char *what, int fd, size_t size, int flags)
{
	char buf[100];
	ssize_t n = recv(fd, buf, size, flags);
	if (n < 0)
		printf("%s: %s\n", what, errno == EAGAIN ? "EAGAIN" : strerror(errno));
	else
		printf("%s: %.*s\n", what, (int)n, buf);
}

int main(void)
{
	int pair[2];
	check(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");

	receive("not waiting, nothing there", pair[1], 100, MSG_DONTWAIT);
	check(send(pair[0], "hello", 5, 0), "send");
	receive("a look", pair[1], 100, MSG_PEEK);
	receive("a look at less", pair[1], 2, MSG_PEEK);
	receive("a look without waiting", pair[1], 100, MSG_PEEK | MSG_DONTWAIT);
	receive("a part", pair[1], 2, 0);
	check(send(pair[0], ", world", 7, 0), "send");
	receive("all ten of what came in two parts", pair[1], 10, MSG_WAITALL);
	receive("not waiting, nothing left", pair[1], 100, MSG_DONTWAIT);
	check(send(pair[0], "bye", 3, 0), "send");
	check(close(pair[0]), "close");
	receive("all ten, but the end comes first", pair[1], 10, MSG_WAITALL);
	check(close(pair[1]), "close");
}
