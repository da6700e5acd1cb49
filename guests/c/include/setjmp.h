// <setjmp.h> can be included, but nothing of it used: without exceptions, which
// the sandbox cannot count the work of, a module cannot leave functions early.
#ifndef _SETJMP_H
#define _SETJMP_H

typedef struct __jmp_buf_tag {
	long __none;
} jmp_buf[1], sigjmp_buf[1];

#define __SOCKLAB_NO_JUMPS __attribute__((unavailable("a WebAssembly program cannot jump out of a function: return error codes instead")))
int setjmp(jmp_buf) __SOCKLAB_NO_JUMPS;
int _setjmp(jmp_buf) __SOCKLAB_NO_JUMPS;
int sigsetjmp(sigjmp_buf, int) __SOCKLAB_NO_JUMPS;
void longjmp(jmp_buf, int) __SOCKLAB_NO_JUMPS;
void _longjmp(jmp_buf, int) __SOCKLAB_NO_JUMPS;
void siglongjmp(sigjmp_buf, int) __SOCKLAB_NO_JUMPS;

#endif
