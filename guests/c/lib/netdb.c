// The older calls of <netdb.h>, and the names of interfaces. Their answers
// are in static memory, as they always were.
#include "call.h"
#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static int h_error;
int *__h_errno_location(void) { return &h_error; }

static char *no_aliases[] = {0};

#define MOST_ADDRESSES 8
static char host_name[NI_MAXHOST];
static struct in6_addr addresses[MOST_ADDRESSES];
static char *address_list[MOST_ADDRESSES + 1];
static struct hostent host = {host_name, no_aliases, 0, 0, address_list};

static struct hostent *failed(int eai) {
	h_error = eai == EAI_NONAME ? HOST_NOT_FOUND : eai == EAI_NODATA ? NO_DATA : eai == EAI_AGAIN ? TRY_AGAIN : NO_RECOVERY;
	return 0;
}

struct hostent *gethostbyname2(const char *name, int family) {
	struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_STREAM, .ai_flags = AI_CANONNAME}, *all;
	int n = 0, error = getaddrinfo(name, 0, &hints, &all);
	if (error)
		return failed(error);
	snprintf(host_name, sizeof host_name, "%s", all->ai_canonname ? all->ai_canonname : name);
	host.h_addrtype = family;
	host.h_length = family == AF_INET ? 4 : 16;
	for (struct addrinfo *a = all; a && n < MOST_ADDRESSES; a = a->ai_next, n++) {
		const void *from = family == AF_INET ? (void *)&((struct sockaddr_in *)a->ai_addr)->sin_addr
						     : (void *)&((struct sockaddr_in6 *)a->ai_addr)->sin6_addr;
		address_list[n] = memcpy(&addresses[n], from, host.h_length);
	}
	address_list[n] = 0;
	freeaddrinfo(all);
	return &host;
}

struct hostent *gethostbyname(const char *name) { return gethostbyname2(name, AF_INET); }

struct hostent *gethostbyaddr(const void *addr, socklen_t len, int family) {
	struct sockaddr_in a4 = {.sin_family = AF_INET};
	struct sockaddr_in6 a6 = {.sin6_family = AF_INET6};
	int error = EAI_FAMILY;
	if (family == AF_INET && len == 4) {
		memcpy(&a4.sin_addr, addr, 4);
		error = getnameinfo((struct sockaddr *)&a4, sizeof a4, host_name, sizeof host_name, 0, 0, NI_NAMEREQD);
	} else if (family == AF_INET6 && len == 16) {
		memcpy(&a6.sin6_addr, addr, 16);
		error = getnameinfo((struct sockaddr *)&a6, sizeof a6, host_name, sizeof host_name, 0, 0, NI_NAMEREQD);
	}
	if (error)
		return failed(error);
	host.h_addrtype = family;
	host.h_length = len;
	address_list[0] = memcpy(&addresses[0], addr, len);
	address_list[1] = 0;
	return &host;
}

const char *hstrerror(int e) {
	static const char *const texts[] = {"Resolver Error 0 (no error)", "Unknown host", "Host name lookup failure",
					    "Unknown server error", "No address associated with name"};
	return e >= 0 && e < 5 ? texts[e] : "Unknown resolver error";
}

void herror(const char *s) { fprintf(stderr, "%s%s%s\n", s ? s : "", s && *s ? ": " : "", hstrerror(h_error)); }

static char service_name[NI_MAXSERV], service_protocol[8];
static struct servent service = {service_name, no_aliases, 0, service_protocol};

struct servent *getservbyname(const char *name, const char *protocol) {
	int port;
	if (host_getservbyname(name, strlen(name), protocol, protocol ? strlen(protocol) : 0, &port))
		return 0;
	snprintf(service_name, sizeof service_name, "%s", name);
	snprintf(service_protocol, sizeof service_protocol, "%s", protocol ? protocol : "tcp");
	service.s_port = htons(port);
	return &service;
}

struct servent *getservbyport(int port, const char *protocol) {
	uint32_t n;
	if (host_getservbyport(ntohs(port), protocol, protocol ? strlen(protocol) : 0, service_name, sizeof service_name - 1, &n) || n >= sizeof service_name)
		return 0;
	service_name[n] = 0;
	snprintf(service_protocol, sizeof service_protocol, "%s", protocol ? protocol : "tcp");
	service.s_port = port;
	return &service;
}

static struct protoent protocols[] = {
	{"ip", no_aliases, IPPROTO_IP}, {"icmp", no_aliases, IPPROTO_ICMP}, {"tcp", no_aliases, IPPROTO_TCP},
	{"udp", no_aliases, IPPROTO_UDP}, {"ipv6", no_aliases, IPPROTO_IPV6}, {"ipv6-icmp", no_aliases, IPPROTO_ICMPV6},
};

struct protoent *getprotobyname(const char *name) {
	for (unsigned i = 0; i < sizeof protocols / sizeof *protocols; i++)
		if (!strcasecmp(protocols[i].p_name, name))
			return &protocols[i];
	return 0;
}

struct protoent *getprotobynumber(int number) {
	for (unsigned i = 0; i < sizeof protocols / sizeof *protocols; i++)
		if (protocols[i].p_proto == number)
			return &protocols[i];
	return 0;
}

int gethostname(char *to, size_t size) {
	char name[NI_MAXHOST];
	uint32_t n;
	if (result(host_gethostname(name, sizeof name, &n)))
		return -1;
	if (n >= size)
		return result(ENAMETOOLONG);
	memcpy(to, name, n);
	to[n] = 0;
	return 0;
}

unsigned if_nametoindex(const char *name) {
	if (!strcmp(name, "lo"))
		return 1;
	result(ENODEV);
	return 0;
}

struct if_nameindex *if_nameindex(void) {
	static struct if_nameindex all[] = {{1, "lo"}, {0, 0}};
	return all;
}

void if_freenameindex(struct if_nameindex *all) { (void)all; }

char *if_indextoname(unsigned index, char *to) {
	if (index == 1)
		return strcpy(to, "lo");
	result(ENXIO);
	return 0;
}
