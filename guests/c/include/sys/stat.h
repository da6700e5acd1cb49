// <sys/stat.h>: wasi-libc's, and umask.
#include_next <sys/stat.h>
#ifndef _SOCKLAB_SYS_STAT_H
#define _SOCKLAB_SYS_STAT_H

#ifdef __cplusplus
extern "C" {
#endif

mode_t umask(mode_t);

#ifdef __cplusplus
}
#endif

#endif
