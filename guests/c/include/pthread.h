// <pthread.h>: wasi-libc's, whose locks a single thread never waits for. There
// is no second one: pthread_create fails with EAGAIN, and says what to use
// instead. pthreads(7).
#include_next <pthread.h>
#ifndef _SOCKLAB_PTHREAD_H
#define _SOCKLAB_PTHREAD_H

#ifdef __cplusplus
extern "C" {
#endif

#define pthread_create __socklab_pthread_create
int pthread_create(pthread_t *__restrict, const pthread_attr_t *__restrict, void *(*)(void *), void *__restrict);
_Noreturn void pthread_exit(void *);
int pthread_cancel(pthread_t);
int pthread_kill(pthread_t, int);

#ifdef __cplusplus
}
#endif

#endif
