/* Names for addresses and for ports, and back. */

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static void resolve(const char *what, const char *node, const char *service, int flags)
{
	struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM, .ai_flags = flags }, *answers;
	int error = getaddrinfo(node, service, &hints, &answers);
	if (error != 0) {
		printf("%s: %s\n", what, error == EAI_NONAME ? "EAI_NONAME" : gai_strerror(error));
		return;
	}
	for (struct addrinfo *a = answers; a != NULL; a = a->ai_next) {
		const struct sockaddr_in *address = (struct sockaddr_in *)a->ai_addr;
		printf("%s: %s:%d\n", what, inet_ntoa(address->sin_addr), ntohs(address->sin_port));
	}
	freeaddrinfo(answers);
}

int main(void)
{
	resolve("localhost and http", "localhost", "http", 0);
	resolve("to bind to", NULL, "8080", AI_PASSIVE);
	resolve("localhost as a number", "localhost", "http", AI_NUMERICHOST);

	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(80) };
	char node[100], service[100];
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int error = getnameinfo((struct sockaddr *)&address, sizeof address, node, sizeof node, service, sizeof service, NI_NUMERICHOST);
	if (error == 0)
		printf("127.0.0.1:80 is %s at %s\n", service, node);
	struct servent *found = getservbyname("domain", "udp");
	if (found != NULL)
		printf("domain has port %d\n", ntohs(found->s_port));
	found = getservbyport(htons(443), "tcp");
	if (found != NULL)
		printf("port 443 is %s\n", found->s_name);
}
