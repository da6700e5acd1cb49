/* One program waits for a caller, a datagram and its partner at once, and is
 * told which of them have something for it. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
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
static int bound(int type)
{
	int fd = check(socket(AF_INET, type, 0), "socket");
	struct sockaddr_in address = { .sin_family = AF_INET };
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	check(bind(fd, (struct sockaddr *)&address, sizeof address), "bind");
	return fd;
}

static void wait_for(const int sources[3])
{
	static const char *names[] = { "the caller", "the datagram", "the partner" };
	fd_set readable;
	int top = 0;
	FD_ZERO(&readable);
	for (int i = 0; i < 3; i++) {
		FD_SET(sources[i], &readable);
		if (sources[i] > top)
			top = sources[i];
	}
	check(select(top + 1, &readable, NULL, NULL, NULL), "select");
	for (int i = 0; i < 3; i++)
		if (FD_ISSET(sources[i], &readable))
			printf("ready: %s\n", names[i]);
}

int main(void)
{
	struct sockaddr_in address;
	socklen_t size = sizeof address;
	int listener = bound(SOCK_STREAM);
	check(listen(listener, 1), "listen");
	int server = bound(SOCK_DGRAM);
	int pair[2];
	check(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
	const int sources[] = { listener, server, pair[0] };

	check(getsockname(listener, (struct sockaddr *)&address, &size), "getsockname");
	int caller = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
	check(connect(caller, (struct sockaddr *)&address, size), "connect");
	wait_for(sources);
	int conn = check(accept(listener, (struct sockaddr *)&address, &size), "accept");

	check(getsockname(server, (struct sockaddr *)&address, &size), "getsockname");
	int sender = check(socket(AF_INET, SOCK_DGRAM, 0), "socket");
	check(sendto(sender, "hello", 5, 0, (struct sockaddr *)&address, size), "sendto");
	wait_for(sources);
	check(send(pair[1], "hi", 2, 0), "send"); /* and the datagram is still there */
	wait_for(sources);

	const int all[] = { conn, caller, sender, pair[1], pair[0], server, listener };
	for (int i = 0; i < 7; i++)
		check(close(all[i]), "close");
}
