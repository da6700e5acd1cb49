// <net/if.h>: there is the loopback interface, lo. netdevice(7).
#ifndef _NET_IF_H
#define _NET_IF_H

#include <sys/socket.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IF_NAMESIZE 16
#define IFNAMSIZ IF_NAMESIZE
#define IFHWADDRLEN 6
#define IFF_UP 0x1
#define IFF_BROADCAST 0x2
#define IFF_LOOPBACK 0x8
#define IFF_POINTOPOINT 0x10
#define IFF_RUNNING 0x40
#define IFF_PROMISC 0x100
#define IFF_MULTICAST 0x1000

struct if_nameindex {
	unsigned if_index;
	char *if_name;
};

struct ifreq {
	char ifr_name[IFNAMSIZ];
	union {
		struct sockaddr ifr_addr, ifr_dstaddr, ifr_broadaddr, ifr_netmask, ifr_hwaddr;
		short ifr_flags;
		int ifr_ifindex, ifr_metric, ifr_mtu;
		char ifr_newname[IFNAMSIZ];
		char *ifr_data;
	} __ifr;
};
#define ifr_addr __ifr.ifr_addr
#define ifr_dstaddr __ifr.ifr_dstaddr
#define ifr_broadaddr __ifr.ifr_broadaddr
#define ifr_netmask __ifr.ifr_netmask
#define ifr_hwaddr __ifr.ifr_hwaddr
#define ifr_flags __ifr.ifr_flags
#define ifr_ifindex __ifr.ifr_ifindex
#define ifr_metric __ifr.ifr_metric
#define ifr_mtu __ifr.ifr_mtu
#define ifr_newname __ifr.ifr_newname
#define ifr_data __ifr.ifr_data

struct ifconf {
	int ifc_len;
	union {
		char *ifcu_buf;
		struct ifreq *ifcu_req;
	} ifc_ifcu;
};
#define ifc_buf ifc_ifcu.ifcu_buf
#define ifc_req ifc_ifcu.ifcu_req

unsigned if_nametoindex(const char *);
char *if_indextoname(unsigned, char *);
struct if_nameindex *if_nameindex(void);
void if_freenameindex(struct if_nameindex *);

#ifdef __cplusplus
}
#endif

#endif
