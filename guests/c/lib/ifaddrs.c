// getifaddrs: there is lo.
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

static struct sockaddr_in addr4 = {.sin_family = AF_INET}, mask4 = {.sin_family = AF_INET};
static struct sockaddr_in6 addr6 = {.sin6_family = AF_INET6}, mask6 = {.sin6_family = AF_INET6};
static struct ifaddrs lo6 = {0, "lo", IFF_UP | IFF_LOOPBACK | IFF_RUNNING, (struct sockaddr *)&addr6, (struct sockaddr *)&mask6, {0}, 0};
static struct ifaddrs lo4 = {&lo6, "lo", IFF_UP | IFF_LOOPBACK | IFF_RUNNING, (struct sockaddr *)&addr4, (struct sockaddr *)&mask4, {0}, 0};

int getifaddrs(struct ifaddrs **all) {
	addr4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	mask4.sin_addr.s_addr = htonl(0xff000000);
	addr6.sin6_addr = in6addr_loopback;
	memset(&mask6.sin6_addr, 0xff, 16);
	*all = &lo4;
	return 0;
}

void freeifaddrs(struct ifaddrs *all) { (void)all; }
