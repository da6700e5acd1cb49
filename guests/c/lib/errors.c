// strerror with the texts that Linux's C library has, and perror in one piece.
#include "call.h"
#include <stdio.h>
#include <string.h>

char *strerror(int error) {
	static const char *const texts[] = {[0] = "Success", HOST_ERRNO_TEXTS};
	static char unknown[32];
	if (error >= 0 && error < (int)(sizeof texts / sizeof *texts) && texts[error])
		return (char *)texts[error];
	snprintf(unknown, sizeof unknown, "Unknown error %d", error);
	return unknown;
}

void perror(const char *s) {
	const char *text = strerror(errno);
	if (s && *s)
		fprintf(stderr, "%s: %s\n", s, text);
	else
		fprintf(stderr, "%s\n", text);
}
