// <fcntl.h>: wasi-libc's, and what it leaves out. fcntl(2).
#include_next <fcntl.h>
#ifndef _SOCKLAB_FCNTL_H
#define _SOCKLAB_FCNTL_H

#define O_NDELAY O_NONBLOCK
#define O_ASYNC 0x2000000
#define FASYNC O_ASYNC
#define FNDELAY O_NONBLOCK

#define F_DUPFD 0
#define F_DUPFD_CLOEXEC 1030
// ENOSYS.
#define F_GETLK 5
#define F_SETLK 6
#define F_SETLKW 7
#define F_SETOWN 8
#define F_GETOWN 9
#define F_RDLCK 0
#define F_WRLCK 1
#define F_UNLCK 2

#endif
