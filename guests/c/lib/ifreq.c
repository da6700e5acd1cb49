// What ioctl tells of interfaces: there is lo. netdevice(7).
#include "call.h"
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>

static struct sockaddr inet(uint32_t addr) {
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {htonl(addr)}};
	struct sockaddr a;
	memcpy(&a, &in, sizeof a);
	return a;
}

static int configuration(struct ifconf *c) {
	if (!c->ifc_buf || c->ifc_len >= (int)sizeof(struct ifreq)) {
		if (c->ifc_buf)
			c->ifc_req[0] = (struct ifreq){.ifr_name = "lo", .ifr_addr = inet(INADDR_LOOPBACK)};
		c->ifc_len = sizeof(struct ifreq);
	} else {
		c->ifc_len = 0;
	}
	return 0;
}

int __socklab_interface(int request, void *arg) {
	struct ifreq *r = arg;
	if (request == SIOCGIFCONF)
		return configuration(arg);
	if (request == SIOCGIFNAME)
		return if_indextoname(r->ifr_ifindex, r->ifr_name) ? 0 : result(ENODEV);
	r->ifr_name[IFNAMSIZ - 1] = 0;
	if (strcmp(r->ifr_name, "lo"))
		return result(ENODEV);
	switch (request) {
	case SIOCGIFADDR:
	case SIOCGIFDSTADDR:
		r->ifr_addr = inet(INADDR_LOOPBACK);
		return 0;
	case SIOCGIFNETMASK:
		r->ifr_netmask = inet(0xff000000);
		return 0;
	case SIOCGIFBRDADDR:
		r->ifr_broadaddr = inet(INADDR_ANY);
		return 0;
	case SIOCGIFHWADDR:
		r->ifr_hwaddr = (struct sockaddr){.sa_family = 772}; // ARPHRD_LOOPBACK
		return 0;
	case SIOCGIFFLAGS:
		r->ifr_flags = IFF_UP | IFF_LOOPBACK | IFF_RUNNING;
		return 0;
	case SIOCGIFINDEX:
		r->ifr_ifindex = 1;
		return 0;
	case SIOCGIFMETRIC:
		r->ifr_metric = 0;
		return 0;
	case SIOCGIFMTU:
		r->ifr_mtu = 65536;
		return 0;
	}
	return result(EPERM); // it stays as it is
}
