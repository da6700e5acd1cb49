// What the files of libsocket share.
#ifndef SOCKLAB_CALL_H
#define SOCKLAB_CALL_H

#include "host.h"
#include <errno.h>
#include <stdint.h>

// result turns a host function's answer into a C function's: 0, or -1 and errno.
static inline int result(int32_t error) {
	if (error) {
		errno = error;
		return -1;
	}
	return 0;
}

// __socklab_note tells on stderr, once for each *said, what a program cannot
// do here and what to do instead, and fails with ENOSYS.
int __socklab_note(int *said, const char *text);

// __socklab_interface is ioctl with a struct ifreq or ifconf.
int __socklab_interface(int request, void *arg);

#endif
