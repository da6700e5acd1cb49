/* IPv6: a listener for both kinds of callers, an IPv4 address in IPv6's
 * clothes, and a listener that leaves IPv4 to others. */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
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

static const int yes = 1;

static int listen6(int only, in_port_t port)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6, .sin6_port = port, .sin6_addr = in6addr_any };
	int fd = check(socket(AF_INET6, SOCK_STREAM, 0), "socket");
	check(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes), "setsockopt"); /* the port is used twice */
	check(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only), "setsockopt");
	check(bind(fd, (struct sockaddr *)&address, sizeof address), "bind");
	check(listen(fd, 1), "listen");
	return fd;
}

static void call(int listener, int family, const char *host, in_port_t port)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = port };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = port }, caller;
	struct sockaddr *address = family == AF_INET ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6;
	socklen_t size = family == AF_INET ? sizeof v4 : sizeof v6;
	inet_pton(family, host, family == AF_INET ? (void *)&v4.sin_addr : (void *)&v6.sin6_addr);

	int client = check(socket(family, SOCK_STREAM, 0), "socket");
	if (connect(client, address, size) < 0) {
		printf("%s: %s\n", host, errno == ECONNREFUSED ? "ECONNREFUSED" : strerror(errno));
	} else {
		char text[INET6_ADDRSTRLEN];
		size = sizeof caller;
		int conn = check(accept(listener, (struct sockaddr *)&caller, &size), "accept");
		printf("%s: called by %s\n", host, inet_ntop(AF_INET6, &caller.sin6_addr, text, sizeof text));
		check(close(conn), "close");
	}
	check(close(client), "close");
}

int main(void)
{
	struct sockaddr_in6 self;
	socklen_t size = sizeof self;
	int both = listen6(0, 0);
	check(getsockname(both, (struct sockaddr *)&self, &size), "getsockname");
	call(both, AF_INET6, "::1", self.sin6_port);
	call(both, AF_INET, "127.0.0.1", self.sin6_port);
	call(both, AF_INET6, "::ffff:127.0.0.1", self.sin6_port);
	check(close(both), "close");

	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = self.sin6_port };
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int other = check(socket(AF_INET, SOCK_STREAM, 0), "socket"); /* never listens */
	check(setsockopt(other, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes), "setsockopt");
	check(bind(other, (struct sockaddr *)&address, sizeof address), "bind");
	int only = listen6(1, self.sin6_port); /* the same, and not in the way */
	call(only, AF_INET6, "::1", self.sin6_port);
	call(only, AF_INET, "127.0.0.1", self.sin6_port);
	check(close(only), "close");
	check(close(other), "close");
}
