/* Three ways to be turned away: nobody listens, the other side hangs up hard,
 * and one goes on talking after that. */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
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
	case ECONNREFUSED:
		return "ECONNREFUSED";
	case ECONNRESET:
		return "ECONNRESET";
	case EPIPE:
		return "EPIPE";
	}
	return strerror(error);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN); /* an error will do */
	struct sockaddr_in address = { .sin_family = AF_INET }, caller;
	socklen_t size = sizeof address;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int listener = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
	check(bind(listener, (struct sockaddr *)&address, size), "bind");
	check(getsockname(listener, (struct sockaddr *)&address, &size), "getsockname");
	int client = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
	if (connect(client, (struct sockaddr *)&address, size) < 0)
		printf("before listen: %s\n", name(errno));
	check(close(client), "close");

	check(listen(listener, 1), "listen");
	client = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
	check(connect(client, (struct sockaddr *)&address, size), "connect");
	int conn = check(accept(listener, (struct sockaddr *)&caller, &size), "accept");
	const struct linger hard = { .l_onoff = 1, .l_linger = 0 };
	check(setsockopt(conn, SOL_SOCKET, SO_LINGER, &hard, sizeof hard), "setsockopt");
	check(close(conn), "close"); /* with a reset instead of an orderly end */

	char buf[100];
	if (recv(client, buf, sizeof buf, 0) < 0)
		printf("the first call after the reset: %s\n", name(errno));
	if (send(client, "hello?", 6, 0) < 0)
		printf("to send on: %s\n", name(errno));
	check(close(client), "close");
	check(close(listener), "close");
}
