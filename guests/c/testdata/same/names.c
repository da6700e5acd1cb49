// Names and addresses.
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void lookup(const char *node, const char *service, int flags, int family, int type) {
	struct addrinfo hints = {.ai_flags = flags, .ai_family = family, .ai_socktype = type}, *all;
	int e = getaddrinfo(node, service, &hints, &all);
	printf("getaddrinfo %s %s %#x %d %d:", node ? node : "-", service ? service : "-", flags, family, type);
	if (e) {
		printf(" %d %s\n", e, gai_strerror(e));
		return;
	}
	for (struct addrinfo *a = all; a; a = a->ai_next) {
		char host[NI_MAXHOST], port[NI_MAXSERV];
		getnameinfo(a->ai_addr, a->ai_addrlen, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
		printf(" %d/%d/%d %s %s %u%s%s", a->ai_family, a->ai_socktype, a->ai_protocol, host, port, a->ai_addrlen,
		       a->ai_canonname ? " " : "", a->ai_canonname ? a->ai_canonname : "");
	}
	printf("\n");
	freeaddrinfo(all);
}

static void text6(const char *s) {
	unsigned char b[16];
	char t[INET6_ADDRSTRLEN];
	int ok = inet_pton(AF_INET6, s, b);
	printf("inet_pton %s: %d %s\n", s, ok, ok == 1 ? inet_ntop(AF_INET6, b, t, sizeof t) : "");
}

static void text4(const char *s) {
	struct in_addr a;
	char t[INET_ADDRSTRLEN];
	int ok = inet_pton(AF_INET, s, &a), aton = inet_aton(s, &(struct in_addr){0});
	printf("inet_pton %s: %d %s, inet_aton %d, inet_addr %#x\n", s, ok, ok == 1 ? inet_ntop(AF_INET, &a, t, sizeof t) : "", aton, inet_addr(s));
}

int main(void) {
	lookup("127.0.0.1", "80", 0, AF_UNSPEC, SOCK_STREAM);
	lookup("127.0.0.1", "80", 0, AF_UNSPEC, 0);
	lookup("127.0.0.1", "http", 0, AF_INET, SOCK_STREAM);
	lookup("::1", "domain", 0, AF_UNSPEC, SOCK_DGRAM);
	lookup(0, "9000", AI_PASSIVE, AF_INET, SOCK_STREAM);
	lookup(0, "9000", AI_PASSIVE, AF_INET6, SOCK_STREAM);
	lookup(0, "9000", 0, AF_INET, SOCK_STREAM);
	lookup("localhost", 0, AI_CANONNAME, AF_INET, SOCK_STREAM);
	lookup("localhost", "1", AI_NUMERICHOST, AF_INET, SOCK_STREAM);
	lookup("127.0.0.1", "http", AI_NUMERICSERV, AF_INET, SOCK_STREAM);
	lookup("127.0.0.1", "no-such-service", 0, AF_INET, SOCK_STREAM);
	lookup("127.0.0.1", "1", 0x40000000, AF_INET, SOCK_STREAM);
	lookup("127.0.0.1", "1", 0, 77, SOCK_STREAM);
	lookup("::1", "1", 0, AF_INET, SOCK_STREAM);
	lookup("127.0.0.1", "1", AI_V4MAPPED, AF_INET6, SOCK_STREAM);
	lookup(0, 0, 0, AF_INET, SOCK_STREAM);

	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(80), .sin_addr = {htonl(INADDR_LOOPBACK)}};
	char host[NI_MAXHOST], port[NI_MAXSERV];
	int e = getnameinfo((struct sockaddr *)&a, sizeof a, host, sizeof host, port, sizeof port, NI_NUMERICHOST);
	printf("getnameinfo: %d %s %s\n", e, host, port);
	e = getnameinfo((struct sockaddr *)&a, sizeof a, host, 4, port, sizeof port, NI_NUMERICHOST);
	printf("getnameinfo: %d\n", e);
	e = getnameinfo((struct sockaddr *)&a, 3, host, sizeof host, 0, 0, 0);
	printf("getnameinfo: %d %s\n", e, gai_strerror(e));

	const char *sixes[] = {"::", "::1", "1::", "1:2:3:4:5:6:7:8", "1:0:0:4:0:0:0:8", "::ffff:1.2.3.4", "::1.2.3.4", "fe80::1:2", "1:2:3:4:5:6:7::",
			       "::2:3:4:5:6:7:8", "2001:DB8::a", "0:0:1::", "1::2::3", ":1", "1:", "1:2", "12345::", "::1.2.3", "1:2:3:4:5:6:7:8:9", "", "g::", "1:2:3:4:5:6:7:1.2.3.4"};
	for (unsigned i = 0; i < sizeof sixes / sizeof *sixes; i++)
		text6(sixes[i]);
	const char *fours[] = {"127.0.0.1", "255.255.255.255", "0.0.0.0", "256.1.1.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "", "a"};
	for (unsigned i = 0; i < sizeof fours / sizeof *fours; i++)
		text4(fours[i]);
	char tiny[4];
	errno = 0;
	e = inet_ntop(AF_INET, &a.sin_addr, tiny, sizeof tiny) != 0;
	printf("inet_ntop: %d %s\n", e, strerror(errno));
	e = inet_pton(77, "1.2.3.4", &a);
	printf("inet_pton: %d %s\n", e, strerror(errno));
	printf("inet_ntoa: %s %x %x\n", inet_ntoa((struct in_addr){htonl(0x01020304)}), htons(0x1234), htonl(0x12345678));

	struct hostent *h = gethostbyname("127.0.0.1");
	printf("gethostbyname: %s %d %d %s\n", h->h_name, h->h_addrtype, h->h_length, inet_ntoa(*(struct in_addr *)h->h_addr));
	h = gethostbyname("nowhere.invalid");
	printf("gethostbyname: %d\n", h == 0);
	struct servent *s = getservbyname("http", "tcp");
	printf("getservbyname: %s %d %s\n", s->s_name, ntohs(s->s_port), s->s_proto);
	s = getservbyport(htons(53), "udp");
	printf("getservbyport: %s %d %s\n", s->s_name, ntohs(s->s_port), s->s_proto);
	printf("getservbyname: %d\n", getservbyname("no-such-service", "tcp") == 0);
	printf("getprotobyname: %s %d, %s %d\n", getprotobyname("tcp")->p_name, getprotobyname("tcp")->p_proto, getprotobynumber(17)->p_name, getprotobynumber(17)->p_proto);
	char name[256];
	e = gethostname(name, sizeof name);
	printf("gethostname: %d %d\n", e, strlen(name) > 0);
	printf("if_nametoindex: %u %s\n", if_nametoindex("lo"), if_indextoname(1, name));
	struct ifaddrs *all;
	e = getifaddrs(&all);
	int lo = 0;
	for (struct ifaddrs *i = all; i; i = i->ifa_next)
		lo += i->ifa_addr && i->ifa_addr->sa_family == AF_INET && ((struct sockaddr_in *)i->ifa_addr)->sin_addr.s_addr == htonl(INADDR_LOOPBACK);
	printf("getifaddrs: %d %d\n", e, lo);
	freeifaddrs(all);
	return 0;
}
