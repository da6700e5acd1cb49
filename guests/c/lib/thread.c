// What a single thread has of threads and semaphores.
#include "call.h"
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>

static int said_thread, said_semaphore;

int pthread_create(pthread_t *restrict t, const pthread_attr_t *restrict attr, void *(*fn)(void *), void *restrict arg) {
	(void)t, (void)attr, (void)fn, (void)arg;
	__socklab_note(&said_thread, "pthread_create: a WebAssembly program has one thread and cannot make another; "
				     "to serve several clients, wait for them all with select(), poll() or epoll_wait()");
	return EAGAIN;
}

_Noreturn void pthread_exit(void *value) { (void)value, exit(0); }
int pthread_cancel(pthread_t t) { return (void)t, ESRCH; }
int pthread_kill(pthread_t t, int sig) { return t == pthread_self() ? raise(sig) : ESRCH; }
int pthread_sigmask(int how, const sigset_t *restrict set, sigset_t *restrict old) { return sigprocmask(how, set, old); }

int sem_init(sem_t *s, int shared, unsigned value) { return (void)shared, s->__val[0] = value, 0; }
int sem_destroy(sem_t *s) { return (void)s, 0; }
int sem_post(sem_t *s) { return s->__val[0]++, 0; }
int sem_getvalue(sem_t *restrict s, int *restrict value) { return *value = s->__val[0], 0; }
int sem_trywait(sem_t *s) { return s->__val[0] > 0 ? s->__val[0]--, 0 : result(EAGAIN); }

int sem_wait(sem_t *s) {
	if (!sem_trywait(s))
		return 0;
	__socklab_note(&said_semaphore, "sem_wait: a WebAssembly program has one thread, so that nobody can post what it waits for");
	return result(EDEADLK);
}
