// <netinet/in.h> with Linux's numbers and structures. ip(7), ipv6(7).
#ifndef _NETINET_IN_H
#define _NETINET_IN_H

#include <stdint.h>
#include <sys/socket.h>
#include <__struct_in6_addr.h>
#include <__struct_in_addr.h>
#include <__typedef_in_addr_t.h>
#include <__typedef_in_port_t.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sockaddr_in {
	sa_family_t sin_family;
	in_port_t sin_port;
	struct in_addr sin_addr;
	unsigned char sin_zero[8];
};

struct sockaddr_in6 {
	sa_family_t sin6_family;
	in_port_t sin6_port;
	uint32_t sin6_flowinfo;
	struct in6_addr sin6_addr;
	uint32_t sin6_scope_id;
};

struct ip_mreq {
	struct in_addr imr_multiaddr;
	struct in_addr imr_interface;
};

struct ipv6_mreq {
	struct in6_addr ipv6mr_multiaddr;
	unsigned ipv6mr_interface;
};

struct in_pktinfo {
	int ipi_ifindex;
	struct in_addr ipi_spec_dst;
	struct in_addr ipi_addr;
};

struct in6_pktinfo {
	struct in6_addr ipi6_addr;
	unsigned ipi6_ifindex;
};

#define INADDR_ANY ((in_addr_t)0)
#define INADDR_BROADCAST ((in_addr_t)0xffffffff)
#define INADDR_NONE ((in_addr_t)0xffffffff)
#define INADDR_LOOPBACK ((in_addr_t)0x7f000001)
#define IN6ADDR_ANY_INIT {{0}}
#define IN6ADDR_LOOPBACK_INIT {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}
extern const struct in6_addr in6addr_any, in6addr_loopback;

#define INET_ADDRSTRLEN 16
#define INET6_ADDRSTRLEN 46
#define IPPORT_RESERVED 1024
#define IPPROTO_IGMP 2
#define IPPROTO_RAW 255

// What the sandbox does not have, for programs that try: ENOPROTOOPT.
#define IP_HDRINCL 3
#define IP_RECVERR 11
#define IP_MULTICAST_IF 32
#define IP_ADD_MEMBERSHIP 35
#define IP_DROP_MEMBERSHIP 36
#define IPV6_MULTICAST_IF 17
#define IPV6_MULTICAST_LOOP 19
#define IPV6_JOIN_GROUP 20
#define IPV6_LEAVE_GROUP 21
#define IPV6_ADD_MEMBERSHIP IPV6_JOIN_GROUP
#define IPV6_DROP_MEMBERSHIP IPV6_LEAVE_GROUP

uint32_t htonl(uint32_t);
uint16_t htons(uint16_t);
uint32_t ntohl(uint32_t);
uint16_t ntohs(uint16_t);

#define __S6(a, i) (((const unsigned char *)(a))[i])
#define __S6_ZEROS(a, n) \
	({ \
		int __i = 0; \
		while (__i < (n) && !__S6(a, __i)) \
			__i++; \
		__i == (n); \
	})
#define IN6_IS_ADDR_UNSPECIFIED(a) __S6_ZEROS(a, 16)
#define IN6_IS_ADDR_LOOPBACK(a) (__S6_ZEROS(a, 15) && __S6(a, 15) == 1)
#define IN6_IS_ADDR_V4MAPPED(a) (__S6_ZEROS(a, 10) && __S6(a, 10) == 0xff && __S6(a, 11) == 0xff)
#define IN6_IS_ADDR_MULTICAST(a) (__S6(a, 0) == 0xff)
#define IN6_IS_ADDR_LINKLOCAL(a) (__S6(a, 0) == 0xfe && (__S6(a, 1) & 0xc0) == 0x80)
#define IN6_ARE_ADDR_EQUAL(a, b) (__builtin_memcmp((a), (b), 16) == 0)
#define IN_MULTICAST(a) (((in_addr_t)(a)&0xf0000000) == 0xe0000000)

#ifdef __cplusplus
}
#endif

#endif
