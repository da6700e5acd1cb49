/* echo: says lines to itself over TCP, and counts what came back. */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX 256

struct count {
	int lines;
	int words;
	int bytes;
};

static void die(const char *what) {
	perror(what);
	exit(1);
}

static int listener(struct sockaddr_in *addr) {
	socklen_t len = sizeof *addr;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0)
		die("socket");
	memset(addr, 0, sizeof *addr);
	addr->sin_family = AF_INET;
	addr->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)addr, len) < 0)
		die("bind");
	if (listen(fd, 5) < 0)
		die("listen");
	if (getsockname(fd, (struct sockaddr *)addr, &len) < 0)
		die("getsockname");
	return fd;
}

static void send_all(int fd, const char *p, size_t n) {
	while (n > 0) {
		ssize_t sent = send(fd, p, n, 0);

		if (sent < 0)
			die("send");
		p += sent;
		n -= (size_t)sent;
	}
}

static size_t recv_line(int fd, char *line, size_t max) {
	size_t n = 0;

	while (n + 1 < max) {
		ssize_t got = recv(fd, line + n, 1, 0);

		if (got < 0)
			die("recv");
		if (got == 0 || line[n++] == '\n')
			break;
	}
	line[n] = '\0';
	return n;
}

static void add(struct count *c, const char *line, size_t n) {
	int inside = 0;

	c->lines++;
	c->bytes += (int)n;
	for (size_t i = 0; i < n; i++) {
		if (isspace((unsigned char)line[i])) {
			inside = 0;
		} else if (!inside) {
			inside = 1;
			c->words++;
		}
	}
}

int main(void) {
	static const char *said[] = {"hello there\n", "how are you\n", "good bye\n"};
	struct sockaddr_in addr;
	struct count total = {0, 0, 0};
	char line[MAX];
	int l = listener(&addr);
	int client = socket(AF_INET, SOCK_STREAM, 0);
	int server;

	if (client < 0 || connect(client, (struct sockaddr *)&addr, sizeof addr) < 0)
		die("connect");
	if ((server = accept(l, NULL, NULL)) < 0)
		die("accept");
	for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
		send_all(client, said[i], strlen(said[i]));
		send_all(server, line, recv_line(server, line, sizeof line));
		add(&total, line, recv_line(client, line, sizeof line));
		printf("echo: %s", line);
	}
	printf("%d lines, %d words, %d bytes\n", total.lines, total.words, total.bytes);
	close(server);
	close(client);
	close(l);
	return 0;
}
