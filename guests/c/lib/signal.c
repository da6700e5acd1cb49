// sigaction and signal sets, over wasi-libc's signal and raise.
#include "call.h"
#include <signal.h>
#include <unistd.h>

static struct sigaction actions[_NSIG];

int sigaction(int sig, const struct sigaction *restrict act, struct sigaction *restrict old) {
	if (sig < 1 || sig >= _NSIG || (act && (sig == SIGKILL || sig == SIGSTOP)))
		return result(EINVAL);
	struct sigaction before = actions[sig];
	if (act) {
		// A handler of three arguments cannot be called with one here.
		if (!(act->sa_flags & SA_SIGINFO) && signal(sig, act->sa_handler) == SIG_ERR)
			return -1;
		actions[sig] = *act;
	}
	if (old)
		*old = before;
	return 0;
}

// A mask blocks nothing, since nothing comes unasked.
int sigemptyset(sigset_t *s) { return *s = 0; }
int sigfillset(sigset_t *s) { return *s = (sigset_t)-1, 0; }
int sigaddset(sigset_t *s, int sig) { return (void)s, sig < 1 || sig >= _NSIG ? result(EINVAL) : 0; }
int sigdelset(sigset_t *s, int sig) { return (void)s, sig < 1 || sig >= _NSIG ? result(EINVAL) : 0; }
int sigismember(const sigset_t *s, int sig) { return sig < 1 || sig >= _NSIG ? result(EINVAL) : *s != 0; }
int sigprocmask(int how, const sigset_t *restrict set, sigset_t *restrict old) {
	(void)how, (void)set;
	if (old)
		*old = 0;
	return 0;
}

int sigpending(sigset_t *s) { return *s = 0; }
int sigsuspend(const sigset_t *s) { return (void)s, pause(); }

int kill(pid_t pid, int sig) {
	if (pid != getpid())
		return result(host_kill(pid, sig));
	return sig ? raise(sig) : 0;
}
