// What a WebAssembly program cannot do.
#include "call.h"
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int __socklab_note(int *said, const char *text) {
	if (!*said)
		dprintf(2, "socklab: %s\n", text);
	*said = 1;
	return result(ENOSYS);
}

static int said_fork, said_exec, said_alarm;

pid_t fork(void) {
	return __socklab_note(&said_fork, "fork: a WebAssembly program is one process and cannot make another; "
					  "to serve several clients, wait for them all with select(), poll() or epoll_wait()");
}

pid_t vfork(void) { return fork(); }
int daemon(int stay, int keep) { return (void)stay, (void)keep, fork(); }
pid_t setsid(void) { return result(ENOSYS); }

static int no_exec(void) {
	return __socklab_note(&said_exec, "exec: a WebAssembly program cannot become another; "
					  "popen() and system() run commands in the sandbox's own shell");
}

int execv(const char *path, char *const argv[]) { return (void)path, (void)argv, no_exec(); }
int execvp(const char *path, char *const argv[]) { return (void)path, (void)argv, no_exec(); }
int execve(const char *path, char *const argv[], char *const env[]) { return (void)path, (void)argv, (void)env, no_exec(); }
int execl(const char *path, const char *arg, ...) { return (void)path, (void)arg, no_exec(); }
int execlp(const char *path, const char *arg, ...) { return (void)path, (void)arg, no_exec(); }
int execle(const char *path, const char *arg, ...) { return (void)path, (void)arg, no_exec(); }

static int no_signals(const char *text) { return __socklab_note(&said_alarm, text); }

unsigned alarm(unsigned seconds) {
	if (seconds)
		no_signals("alarm: no signals come here; give select() or poll() a timeout, or set SO_RCVTIMEO");
	return 0;
}

int pause(void) { return no_signals("pause: no signals come here; wait with select() or poll()"); }

pid_t waitpid(pid_t pid, int *status, int options) {
	int ended, how;
	if (result(host_waitpid(pid, options, &ended, &how)))
		return -1;
	if (status && ended)
		*status = how;
	return ended;
}

pid_t wait(int *status) { return waitpid(-1, status, 0); }

pid_t getppid(void) { return 1; }
uid_t getuid(void) { return 1000; }
uid_t geteuid(void) { return 1000; }
gid_t getgid(void) { return 1000; }
gid_t getegid(void) { return 1000; }
mode_t umask(mode_t mask) { return (void)mask, 022; }
