// What ioctl tells of the loopback interface, and a file of mkstemp's.
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int fd;
static struct ifreq r;

static void ask(const char *what, int request, const char *name) {
	memset(&r, 0, sizeof r);
	strcpy(r.ifr_name, name);
	int n = ioctl(fd, request, &r);
	printf("%s: %d %s\n", what, n, n ? strerror(errno) : "");
}

static void address(const struct sockaddr *a) {
	printf("%d %s\n", a->sa_family, inet_ntoa(((const struct sockaddr_in *)a)->sin_addr));
}

int main(void) {
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	ask("address", SIOCGIFADDR, "lo");
	address(&r.ifr_addr);
	ask("mask", SIOCGIFNETMASK, "lo");
	address(&r.ifr_netmask);
	ask("flags", SIOCGIFFLAGS, "lo");
	printf("%#x\n", r.ifr_flags & (IFF_UP | IFF_LOOPBACK | IFF_RUNNING | IFF_BROADCAST));
	ask("index", SIOCGIFINDEX, "lo");
	printf("%d\n", r.ifr_ifindex);
	ask("hardware", SIOCGIFHWADDR, "lo");
	printf("%d\n", r.ifr_hwaddr.sa_family);
	ask("none", SIOCGIFADDR, "none0");

	struct ifreq all[100];
	struct ifconf c = {.ifc_len = sizeof all, .ifc_req = all};
	printf("all: %d", ioctl(fd, SIOCGIFCONF, &c));
	for (int i = 0; i < c.ifc_len / (int)sizeof *all; i++)
		if (!strcmp(all[i].ifr_name, "lo"))
			printf(" lo");
	printf("\n");
	fd = 0;
	ask("no socket", SIOCGIFADDR, "lo");

	char name[] = "file-XXXXXX", other[] = "file-XXXXXX", bad[] = "file";
	int a = mkstemp(name), b = mkstemp(other);
	printf("files: %d %zd\n", a >= 0 && b >= 0 && strcmp(name, other), write(a, "x", 1));
	printf("no template: %d\n", mkstemp(bad));
	return unlink(name) || unlink(other);
}
