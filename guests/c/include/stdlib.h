// <stdlib.h>: wasi-libc's, and mkstemp.
#include_next <stdlib.h>
#ifndef _SOCKLAB_STDLIB_H
#define _SOCKLAB_STDLIB_H

#ifdef __cplusplus
extern "C" {
#endif

int mkstemp(char *);

#ifdef __cplusplus
}
#endif

#endif
