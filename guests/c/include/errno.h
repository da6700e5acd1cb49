// <errno.h>: wasi-libc's, and names that WASI has no number for: nothing sets
// them.
#include_next <errno.h>
#ifndef _SOCKLAB_ERRNO_H
#define _SOCKLAB_ERRNO_H

#define ENODATA 201
#define EPFNOSUPPORT 202
#define ESHUTDOWN 203
#define ESOCKTNOSUPPORT 204
#define EHOSTDOWN 205
#define ETIME 206

#endif
