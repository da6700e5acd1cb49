// <unistd.h>: wasi-libc's, and what it leaves out.
#include_next <unistd.h>
#ifndef _SOCKLAB_UNISTD_H
#define _SOCKLAB_UNISTD_H

#ifdef __cplusplus
extern "C" {
#endif

int dup(int);
int dup2(int, int);
int pipe(int[2]);
pid_t getppid(void);
uid_t getuid(void);
uid_t geteuid(void);
gid_t getgid(void);
gid_t getegid(void);

// A WebAssembly program is one process with one thread: these fail with
// ENOSYS, and say once on stderr what to use instead.
pid_t fork(void);
pid_t vfork(void);
pid_t setsid(void);
int daemon(int, int);
int execv(const char *, char *const[]);
int execve(const char *, char *const[], char *const[]);
int execvp(const char *, char *const[]);
int execl(const char *, const char *, ...);
int execlp(const char *, const char *, ...);
int execle(const char *, const char *, ...);
unsigned alarm(unsigned);
int pause(void);

#ifdef __cplusplus
}
#endif

#endif
