/* A file goes over a connection, a block of 8192 bytes at a time. */

#include <arpa/inet.h>
#include <fcntl.h>
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

/* Sends the rest of a file and returns its size. */
static int send_file(int conn, int file)
{
	char block[8192];
	int n, sent = 0;
	while ((n = check(read(file, block, sizeof block), "read")) > 0)
		for (int done = 0; done < n;) {
			int k = check(send(conn, block + done, n - done, 0), "send");
			done += k;
			sent += k;
		}
	return sent;
}

int main(void)
{
	static char content[10000], received[20000];
	for (size_t i = 0; i < sizeof content; i++)
		content[i] = '0' + i % 10;
	int file = check(open("digits.txt", O_CREAT | O_TRUNC | O_WRONLY, 0666), "open");
	check(write(file, content, sizeof content), "write");
	check(close(file), "close");

	struct sockaddr_in address = { .sin_family = AF_INET }, caller;
	socklen_t size = sizeof address;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int listener = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
	check(bind(listener, (struct sockaddr *)&address, size), "bind");
	check(listen(listener, 1), "listen");
	int client = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
	check(getsockname(listener, (struct sockaddr *)&address, &size), "getsockname");
	check(connect(client, (struct sockaddr *)&address, size), "connect");
	int conn = check(accept(listener, (struct sockaddr *)&caller, &size), "accept");

	file = check(open("digits.txt", O_RDONLY), "open");
	int sent = send_file(conn, file);
	check(close(file), "close");
	check(close(conn), "close");
	printf("sent %d bytes\n", sent);

	int n = check(recv(client, received, sizeof received, MSG_WAITALL), "recv");
	if (n == sizeof content && memcmp(received, content, n) == 0)
		printf("received the same %d\n", n);
	check(close(client), "close");
	check(close(listener), "close");
	check(unlink("digits.txt"), "unlink");
}
