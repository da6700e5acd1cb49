// <stdio.h>: wasi-libc's, and pipes to the sandbox's own shell. popen(3).
#include_next <stdio.h>
#ifndef _SOCKLAB_STDIO_H
#define _SOCKLAB_STDIO_H

#ifdef __cplusplus
extern "C" {
#endif

FILE *popen(const char *, const char *);
int pclose(FILE *);

#ifdef __cplusplus
}
#endif

#endif
