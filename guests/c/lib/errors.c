// strerror with the texts that Linux's C library has.
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
