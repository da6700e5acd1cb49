/* Two sockets that are connected from the start: a stream joins what is sent,
 * datagrams keep messages apart, and a partner that has closed is noticed. */

#include <errno.h>
#include <signal.h>
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

static const char *name(int error)
{
	switch (error) {
	case EPIPE:
		return "EPIPE";
	case ECONNREFUSED:
		return "ECONNREFUSED";
	}
	return strerror(error);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN); /* an error will do */
	const int types[] = { SOCK_STREAM, SOCK_DGRAM };
	for (int i = 0; i < 2; i++) {
		int pair[2];
		char buf[1024];
		check(socketpair(AF_UNIX, types[i], 0, pair), "socketpair");
		check(send(pair[0], "one", 3, 0), "send");
		check(send(pair[0], "two", 3, 0), "send");
		int n = check(recv(pair[1], buf, sizeof buf, 0), "recv");
		printf("sent one and two, received %.*s\n", n, buf);

		/* It goes both ways. */
		check(send(pair[1], "back", 4, 0), "send");
		n = check(recv(pair[0], buf, sizeof buf, 0), "recv");
		printf("received %.*s\n", n, buf);

		check(close(pair[1]), "close");
		if (send(pair[0], "more", 4, 0) < 0)
			printf("its partner has closed: %s\n", name(errno));
		check(close(pair[0]), "close");
	}
}
