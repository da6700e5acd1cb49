/* A listening socket, a client and the server's end of its connection, in one
 * program: what is sent comes back, and then the client hangs up. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
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

int main(void)
{
	int listener = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof address;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	check(bind(listener, (struct sockaddr *)&address, size), "bind");
	check(listen(listener, 1), "listen");
	check(getsockname(listener, (struct sockaddr *)&address, &size), "getsockname");

	struct sockaddr_in caller, self;
	int client = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
	check(connect(client, (struct sockaddr *)&address, size), "connect");
	int conn = check(accept(listener, (struct sockaddr *)&caller, &size), "accept");
	check(getsockname(client, (struct sockaddr *)&self, &size), "getsockname");
	if (caller.sin_port == self.sin_port)
		printf("the server has a caller: the client\n");

	char buf[1024];
	check(send(client, "hello", 5, 0), "send");
	int n = check(recv(conn, buf, sizeof buf, 0), "recv");
	printf("the server received %.*s\n", n, buf);
	check(send(conn, buf, n, 0), "send");
	n = check(recv(client, buf, sizeof buf, 0), "recv");
	printf("the client received %.*s\n", n, buf);

	check(close(client), "close");
	if (check(recv(conn, buf, sizeof buf, 0), "recv") == 0)
		printf("the client has hung up\n");
	check(close(conn), "close");
	check(close(listener), "close");
}
