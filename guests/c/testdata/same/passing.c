// Descriptors that are passed, and what comes with a datagram.
#define _GNU_SOURCE
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static void datagram(void) {
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof a;
	int s = socket(AF_INET, SOCK_DGRAM, 0), c = socket(AF_INET, SOCK_DGRAM, 0), on = 1, ttl = 7;
	bind(s, (struct sockaddr *)&a, len);
	getsockname(s, (struct sockaddr *)&a, &len);
	printf("%d %d\n", setsockopt(s, IPPROTO_IP, IP_RECVTTL, &on, sizeof on), setsockopt(s, IPPROTO_IP, IP_PKTINFO, &on, sizeof on));
	_Alignas(struct cmsghdr) char control[256] = {0};
	char text[] = "hi";
	struct iovec v = {text, 2};
	struct msghdr m = {.msg_name = &a, .msg_namelen = len, .msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = CMSG_SPACE(sizeof ttl)};
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);
	h->cmsg_level = IPPROTO_IP;
	h->cmsg_type = IP_TTL;
	h->cmsg_len = CMSG_LEN(sizeof ttl);
	memcpy(CMSG_DATA(h), &ttl, sizeof ttl);
	printf("sent %d\n", (int)sendmsg(c, &m, 0));
	m.msg_controllen = sizeof control;
	printf("received %d\n", (int)recvmsg(s, &m, 0));
	for (h = CMSG_FIRSTHDR(&m); h; h = CMSG_NXTHDR(&m, h))
		if (h->cmsg_type == IP_TTL) {
			memcpy(&ttl, CMSG_DATA(h), sizeof ttl);
			printf("ttl %d\n", ttl);
		} else if (h->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;
			memcpy(&info, CMSG_DATA(h), sizeof info);
			printf("to %08x of interface %d\n", ntohl(info.ipi_addr.s_addr), info.ipi_ifindex);
		}
}

int main(void) {
	datagram();
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair)) return 1;
	int l = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof a;
	if (bind(l, (struct sockaddr *)&a, len) || listen(l, 1) || getsockname(l, (struct sockaddr *)&a, &len)) return 2;
	char text[] = "here";
	struct iovec v = {text, 4};
	union { char buf[CMSG_SPACE(sizeof(int))]; struct cmsghdr align; } u;
	struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = u.buf, .msg_controllen = sizeof u.buf};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &l, sizeof l);
	printf("%d\n", (int)sendmsg(pair[0], &m, 0));
	close(l);
	memset(&u, 0, sizeof u);
	m.msg_controllen = sizeof u.buf;
	printf("%d %.4s flags %d control %d\n", (int)recvmsg(pair[1], &m, 0), text, m.msg_flags, (int)m.msg_controllen);
	for (c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		printf("%d %d %d\n", (int)c->cmsg_len, c->cmsg_level, c->cmsg_type);
		memcpy(&l, CMSG_DATA(c), sizeof l);
	}
	int k = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(k, (struct sockaddr *)&a, len)) return 3;
	int s = accept(l, 0, 0);
	write(k, "hello\n", 6);
	char b[10];
	fwrite(b, 1, read(s, b, 10), stdout);
}
