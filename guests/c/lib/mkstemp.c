#include "call.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int mkstemp(char *template) {
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz012345";
	size_t n = strlen(template);
	if (n < 6 || strcmp(template + n - 6, "XXXXXX"))
		return result(EINVAL);
	for (int i = 0; i < 100; i++) {
		unsigned char random[6];
		if (getentropy(random, sizeof random))
			return -1;
		for (int k = 0; k < 6; k++)
			template[n - 6 + k] = letters[random[k] % 32];
		int fd = open(template, O_RDWR | O_CREAT | O_EXCL, 0600);
		if (fd >= 0 || errno != EEXIST)
			return fd;
	}
	return -1;
}
