// <sys/wait.h>: children are the shells of popen and system. wait(2).
#ifndef _SYS_WAIT_H
#define _SYS_WAIT_H

#include <socklab/const.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WUNTRACED 2

#define WEXITSTATUS(s) (((s) >> 8) & 0xff)
#define WTERMSIG(s) ((s) & 0x7f)
#define WIFEXITED(s) (WTERMSIG(s) == 0)
#define WIFSIGNALED(s) (WTERMSIG(s) != 0 && WTERMSIG(s) != 0x7f)
#define WIFSTOPPED(s) 0
#define WIFCONTINUED(s) 0
#define WCOREDUMP(s) 0

pid_t wait(int *);
pid_t waitpid(pid_t, int *, int);

#ifdef __cplusplus
}
#endif

#endif
