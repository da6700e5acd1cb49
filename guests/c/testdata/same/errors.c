// What calls fail with.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void told(const char *what, long result) {
	printf("%s: %ld", what, result);
	if (result < 0)
		printf(" %s", strerror(errno));
	printf("\n");
}
#define TRY(call) told(#call, (errno = 0, (call)))

static struct sockaddr_in here(int port) {
	return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = port, .sin_addr = {htonl(INADDR_LOOPBACK)}};
}
#define SA(a) (struct sockaddr *)&a, sizeof a

int main(void) {
	struct sockaddr_in a = here(0), b;
	socklen_t len = sizeof a;
	char buf[16];
	int one = 1;
	struct pollfd p;
	signal(SIGPIPE, SIG_IGN);

	int bound = socket(AF_INET, SOCK_STREAM, 0);
	TRY(bind(bound, SA(a)));
	TRY(getsockname(bound, (struct sockaddr *)&a, &len));
	int c = socket(AF_INET, SOCK_STREAM, 0);
	TRY(connect(c, SA(a)));
	TRY(getpeername(c, (struct sockaddr *)&b, &len));
	TRY(recv(c, buf, sizeof buf, 0));
	TRY(send(c, buf, 1, 0));
	TRY(bind(c, SA(a)));
	close(c);

	TRY(listen(bound, 5));
	TRY(accept(-1, 0, 0));
	TRY(fcntl(bound, F_SETFL, fcntl(bound, F_GETFL) | O_NONBLOCK));
	TRY(accept(bound, 0, 0));
	c = socket(AF_INET, SOCK_STREAM, 0);
	TRY(connect(c, SA(a)) == 0);
	TRY(connect(c, SA(a)));
	len = sizeof b;
	p = (struct pollfd){bound, POLLIN, 0}; // a client is connected before the server hears of it
	poll(&p, 1, 5000);
	int s = accept(bound, (struct sockaddr *)&b, &len);
	printf("accept: %d %s %u\n", s > 0, inet_ntoa(b.sin_addr), len);
	TRY(recv(c, buf, sizeof buf, MSG_DONTWAIT));
	TRY(send(c, "abc", 3, 0));
	p.fd = s;
	poll(&p, 1, 5000);
	close(s);
	TRY(recv(c, buf, sizeof buf, 0)); // unread bytes: a reset
	TRY(send(c, "abc", 3, 0));
	close(c);

	int pair[2];
	TRY(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	close(pair[1]);
	TRY(write(pair[0], "x", 1));
	TRY(read(pair[0], buf, 1));
	close(pair[0]);

	TRY(socket(99, SOCK_STREAM, 0));
	TRY(socket(AF_INET, 77, 0));
	TRY(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
	TRY(socketpair(AF_INET, SOCK_STREAM, 0, pair));
	TRY(close(99));
	TRY(shutdown(99, SHUT_RDWR));
	int u = socket(AF_INET, SOCK_DGRAM, 0);
	TRY(listen(u, 5));
	TRY(send(u, "x", 1, 0));
	TRY(accept(u, 0, 0));
	TRY(shutdown(u, SHUT_RD));
	TRY(setsockopt(u, SOL_SOCKET, SO_REUSEADDR, &one, 1));
	TRY(setsockopt(u, IPPROTO_TCP, 9999, &one, sizeof one));
	TRY(setsockopt(u, SOL_SOCKET, 9999, &one, sizeof one));
	TRY(ioctl(u, 0x9999, &one));
	TRY(ioctl(99, FIONBIO, &one));
	TRY(fcntl(99, F_GETFL));
	TRY(dup(99));
	TRY(dup2(99, 3));
	TRY(wait(0));
	struct sockaddr_un far = {.sun_family = AF_UNIX, .sun_path = "no/such/folder/s"};
	u = socket(AF_UNIX, SOCK_STREAM, 0);
	TRY(bind(u, SA(far)));
	TRY(connect(u, SA(far)));
	TRY(bind(bound, (struct sockaddr *)&a, 3));
	TRY(listen(0, 1));
	TRY(open("no-such-file", O_RDONLY));
	printf("%s, %s, %s\n", strerror(0), strerror(EADDRINUSE), strerror(EHOSTUNREACH));
	fflush(stdout);
	dup2(1, 2);
	errno = ECONNREFUSED;
	perror("connect");
	return 0;
}
