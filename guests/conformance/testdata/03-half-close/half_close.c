/* The client says that it has finished talking, and goes on listening: the
 * server sees the end of the question, and can still answer. */

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

/* Receives until the other side has finished. */
static void read_all(const char *who, int conn)
{
	char buf[1024];
	int n;
	while ((n = check(recv(conn, buf, sizeof buf, 0), "recv")) > 0)
		printf("the %s received %.*s\n", who, n, buf);
	printf("the %s received the end\n", who);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN); /* an error will do */
	int listener = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
	struct sockaddr_in address = { .sin_family = AF_INET }, caller;
	socklen_t size = sizeof address;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	check(bind(listener, (struct sockaddr *)&address, size), "bind");
	check(listen(listener, 1), "listen");
	check(getsockname(listener, (struct sockaddr *)&address, &size), "getsockname");
	int client = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
	check(connect(client, (struct sockaddr *)&address, size), "connect");
	int conn = check(accept(listener, (struct sockaddr *)&caller, &size), "accept");

	check(send(client, "question", 8, 0), "send");
	check(shutdown(client, SHUT_WR), "shutdown");
	if (send(client, "more", 4, 0) < 0)
		printf("the client cannot send more: %s\n", errno == EPIPE ? "EPIPE" : strerror(errno));

	read_all("server", conn);
	check(send(conn, "answer", 6, 0), "send");
	check(close(conn), "close");
	read_all("client", client);
	check(close(client), "close");
	check(close(listener), "close");
}
