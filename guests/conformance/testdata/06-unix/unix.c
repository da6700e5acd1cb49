/* A local socket's address is a file. The file outlives the listener: then
 * nobody answers, and nobody else can bind there until it is removed. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int check(int result, const char *call)
{
	if (result < 0) {
		perror(call);
		exit(1);
	}
	return result;
}

int main(void)
{
	const struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "echo.sock" };
	const struct sockaddr *path = (const struct sockaddr *)&address;
	struct sockaddr_un self, caller;
	socklen_t size = sizeof address;
	int listener = check(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
	check(bind(listener, path, size), "bind");
	check(listen(listener, 1), "listen");
	check(getsockname(listener, (struct sockaddr *)&self, &size), "getsockname");
	printf("listening at %s\n", self.sun_path);

	int client = check(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
	check(connect(client, path, sizeof address), "connect");
	size = sizeof caller;
	int conn = check(accept(listener, (struct sockaddr *)&caller, &size), "accept");
	check(send(client, "hello", 5, 0), "send");
	char buf[1024];
	int n = check(recv(conn, buf, sizeof buf, 0), "recv");
	printf("received %.*s\n", n, buf);
	check(close(conn), "close");
	check(close(client), "close");
	check(close(listener), "close");

	int again = check(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
	if (connect(again, path, sizeof address) < 0)
		printf("connect: %s\n", errno == ECONNREFUSED ? "ECONNREFUSED" : strerror(errno));
	if (bind(again, path, sizeof address) < 0)
		printf("bind: %s\n", errno == EADDRINUSE ? "EADDRINUSE" : strerror(errno));
	check(unlink(address.sun_path), "unlink");
	check(bind(again, path, sizeof address), "bind");
	printf("removed the file, bound again\n");
	check(close(again), "close");
	check(unlink(address.sun_path), "unlink");
}
