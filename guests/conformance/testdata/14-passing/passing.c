/* A listening socket is passed over a local connection: who receives it can
 * accept from it, also after the sender has closed its own descriptor. */

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
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
	int pair[2];
	check(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
	int listener = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof address;
	check(bind(listener, (struct sockaddr *)&address, len), "bind");
	check(listen(listener, 1), "listen");
	check(getsockname(listener, (struct sockaddr *)&address, &len), "getsockname");

	union { /* so that it is aligned as a header */
		char bytes[CMSG_LEN(sizeof(int))];
		struct cmsghdr header;
	} control = { 0 };
	struct iovec data = { "here", 4 };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = CMSG_LEN(sizeof(int)),
	};
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
	rights->cmsg_len = CMSG_LEN(sizeof(int));
	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(rights), &listener, sizeof listener);
	check(sendmsg(pair[0], &message, 0), "sendmsg");
	check(close(listener), "close");

	char buf[10];
	data = (struct iovec){ buf, sizeof buf };
	message.msg_controllen = CMSG_LEN(sizeof(int));
	int n = check(recvmsg(pair[1], &message, 0), "recvmsg");
	rights = CMSG_FIRSTHDR(&message);
	memcpy(&listener, CMSG_DATA(rights), sizeof listener);
	printf("received %.*s and %d descriptor\n", n, buf, (int)((rights->cmsg_len - CMSG_LEN(0)) / sizeof(int)));

	int client = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
	check(connect(client, (struct sockaddr *)&address, len), "connect");
	struct sockaddr_in from;
	int server = check(accept(listener, (struct sockaddr *)&from, &len), "accept");
	check(send(client, "hello", 5, 0), "send");
	n = check(recv(server, buf, sizeof buf, 0), "recv");
	printf("accepted from it, and received %.*s\n", n, buf);
	int all[] = { client, server, listener, pair[0], pair[1] };
	for (int i = 0; i < 5; i++)
		check(close(all[i]), "close");
}
