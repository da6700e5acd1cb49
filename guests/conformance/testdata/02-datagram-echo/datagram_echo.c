/* Two datagram sockets: each message comes whole and with its sender's
 * address, one of no bytes too; what does not fit into the buffer is lost. */

#include <arpa/inet.h>
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

int main(void)
{
	int server = check(socket(AF_INET, SOCK_DGRAM, 0), "socket");
	struct sockaddr_in address = { .sin_family = AF_INET }, from;
	socklen_t size = sizeof address;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	check(bind(server, (struct sockaddr *)&address, size), "bind");
	check(getsockname(server, (struct sockaddr *)&address, &size), "getsockname");
	int client = check(socket(AF_INET, SOCK_DGRAM, 0), "socket");
	char buf[1024];

	check(sendto(client, "hello", 5, 0, (struct sockaddr *)&address, size), "sendto");
	int n = check(recvfrom(server, buf, sizeof buf, 0, (struct sockaddr *)&from, &size), "recvfrom");
	check(sendto(server, buf, n, 0, (struct sockaddr *)&from, size), "sendto");
	n = check(recvfrom(client, buf, sizeof buf, 0, (struct sockaddr *)&from, &size), "recvfrom");
	if (from.sin_port == address.sin_port)
		printf("the server answered %.*s\n", n, buf);

	const char *messages[] = { "", "0123456789", "next" };
	for (int i = 0; i < 3; i++) {
		int length = strlen(messages[i]);
		check(sendto(client, messages[i], length, 0, (struct sockaddr *)&address, size), "sendto");
		n = check(recvfrom(server, buf, 4, 0, (struct sockaddr *)&from, &size), "recvfrom");
		printf("%d bytes were sent, %d received: \"%.*s\"\n", length, n, n, buf);
	}
	check(close(client), "close");
	check(close(server), "close");
}
