// getaddrinfo and getnameinfo.
#include "call.h"
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

// What the host answers getaddrinfo with: records of five numbers, the
// address and the canonical name, padded to four bytes.
struct record {
	int32_t family, type, protocol;
	uint32_t addr_len, name_len;
};

// entry is one answer, in one piece of memory.
struct entry {
	struct addrinfo info;
	struct sockaddr_storage addr;
	char name[];
};

static struct addrinfo *decode(const char *b, uint32_t size, int flags) {
	struct addrinfo *first = 0, **next = &first;
	for (uint32_t at = 0; at + sizeof(struct record) <= size;) {
		struct record r;
		memcpy(&r, b + at, sizeof r);
		at += sizeof r;
		struct entry *e = calloc(1, sizeof *e + r.name_len + 1);
		if (!e) {
			freeaddrinfo(first);
			return 0;
		}
		memcpy(&e->addr, b + at, r.addr_len < sizeof e->addr ? r.addr_len : sizeof e->addr);
		memcpy(e->name, b + at + r.addr_len, r.name_len);
		e->info = (struct addrinfo){
			.ai_flags = flags, .ai_family = r.family, .ai_socktype = r.type, .ai_protocol = r.protocol,
			.ai_addrlen = r.addr_len, .ai_addr = (struct sockaddr *)&e->addr, .ai_canonname = r.name_len ? e->name : 0,
		};
		*next = &e->info;
		next = &e->info.ai_next;
		at += (r.addr_len + r.name_len + 3) & ~3u;
	}
	return first;
}

int getaddrinfo(const char *restrict node, const char *restrict service, const struct addrinfo *restrict hints, struct addrinfo **restrict answers) {
	static const struct addrinfo none = {.ai_flags = AI_V4MAPPED | AI_ADDRCONFIG};
	if (!hints)
		hints = &none;
	if ((!node && !service) || (node && !*node))
		return EAI_NONAME;
	uint32_t room = 1024, size;
	for (;;) {
		char *b = malloc(room);
		if (!b)
			return EAI_MEMORY;
		int error = host_getaddrinfo(node, node ? strlen(node) : 0, service, service ? strlen(service) : 0,
					     hints->ai_family, hints->ai_socktype, hints->ai_protocol, hints->ai_flags, b, room, &size);
		if (!error && size <= room) {
			*answers = decode(b, size, hints->ai_flags);
			free(b);
			return *answers ? 0 : EAI_MEMORY;
		}
		free(b);
		if (error)
			return error;
		room = size;
	}
}

void freeaddrinfo(struct addrinfo *a) {
	while (a) {
		struct addrinfo *next = a->ai_next;
		free(a);
		a = next;
	}
}

// give copies a name that the host gave, if it was asked for.
static int give(const char *name, uint32_t n, char *to, socklen_t size) {
	if (!to || !size)
		return 0;
	if (n >= size)
		return EAI_OVERFLOW;
	memcpy(to, name, n);
	to[n] = 0;
	return 0;
}

int getnameinfo(const struct sockaddr *restrict addr, socklen_t len, char *restrict node, socklen_t node_size, char *restrict service, socklen_t service_size, int flags) {
	char host[NI_MAXHOST], port[NI_MAXSERV];
	uint32_t n = 0, p = 0;
	if ((!node || !node_size) && (!service || !service_size))
		return EAI_NONAME;
	int error = host_getnameinfo(addr, len, flags, host, sizeof host, &n, port, sizeof port, &p);
	if (!error)
		error = give(host, n, node, node_size);
	return error ? error : give(port, p, service, service_size);
}

const char *gai_strerror(int error) {
	static const char *const texts[] = {[0] = "Success", HOST_EAI_TEXTS[11] = "System error"};
	unsigned i = -(unsigned)error;
	return i < sizeof texts / sizeof *texts && texts[i] ? texts[i] : "Unknown error";
}
