package guestc_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/runtime/guesttest"
)

// The programs in testdata/same print here what they print natively: the .out
// files are what they printed on Linux.
func TestProgramsPrintWhatTheyPrintNatively(t *testing.T) {
	for _, c := range same(t) {
		t.Run(filepath.Base(c.source), func(t *testing.T) {
			require.Equal(t, c.want, start(t, c.source, strings.NewReader("typed\n")).Said(t))
		})
	}
}

// The .out files are checked wherever there is a C compiler for Linux.
func TestWhatProgramsPrintNativelyIsTrue(t *testing.T) {
	cc, err := exec.LookPath("cc")
	if err != nil || runtime.GOOS != "linux" {
		t.Skip("no cc for Linux here")
	}
	for _, c := range same(t) {
		t.Run(filepath.Base(c.source), func(t *testing.T) {
			bin := filepath.Join(t.TempDir(), "program")
			out, err := exec.Command(cc, "-w", "-o", bin, "testdata/lines.c", c.source).CombinedOutput()
			require.NoError(t, err, "%s", out)
			cmd := exec.Command(bin)
			cmd.Dir, cmd.Stdin = t.TempDir(), strings.NewReader("typed\n")
			require.Equal(t, c.want, guesttest.Native(t, cmd))
		})
	}
}

type sameProgram struct{ source, want string }

func same(t *testing.T) (all []sameProgram) {
	sources, err := filepath.Glob("testdata/same/*.c")
	require.NoError(t, err)
	require.NotEmpty(t, sources)
	for _, s := range sources {
		want, err := os.ReadFile(strings.TrimSuffix(s, ".c") + ".out")
		require.NoError(t, err)
		all = append(all, sameProgram{s, string(want)})
	}
	return all
}

// Every constant of the vocabulary has its value in the headers, whichever of
// them are included first.
func TestConstantsAreTheHosts(t *testing.T) {
	var b strings.Builder
	b.WriteString("#include <netdb.h>\n#include <netinet/tcp.h>\n#include <sys/wait.h>\n#include <sys/un.h>\n#include <errno.h>\n")
	for _, s := range abi.Sets() {
		for _, n := range s.Consts {
			fmt.Fprintf(&b, "_Static_assert(%s == %d, \"%s\");\n", n.Name, n.Value, n.Name)
		}
	}
	for _, e := range abi.Errnos() {
		fmt.Fprintf(&b, "_Static_assert(%s == %d, \"%s\");\n", e.Name(), e, e.Name())
	}
	b.WriteString("int main(void) { return 0; }\n")
	program(t, b.String()).Said(t)
}

const echo = `
#include <stdio.h>
#include <unistd.h>
#include <netinet/in.h>
#include <poll.h>

int main(void) {
	struct pollfd fds[32] = {{socket(AF_INET, SOCK_STREAM, 0), POLLIN, 0}};
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof a;
	int n = 1;
	if (bind(fds[0].fd, (struct sockaddr *)&a, len) || listen(fds[0].fd, 10) || getsockname(fds[0].fd, (struct sockaddr *)&a, &len)) {
		perror("echo");
		return 1;
	}
	printf("%d\n", ntohs(a.sin_port)); // and no fflush
	while (poll(fds, n, -1) > 0) {
		for (int i = n - 1; i > 0; i--) {
			char buf[1000];
			if (!fds[i].revents)
				continue;
			ssize_t k = read(fds[i].fd, buf, sizeof buf);
			if (k > 0 && write(fds[i].fd, buf, k) == k)
				continue;
			close(fds[i].fd);
			fds[i] = fds[--n];
		}
		if (fds[0].revents)
			fds[n++] = (struct pollfd){accept(fds[0].fd, 0, 0), POLLIN, 0};
	}
	return 0;
}
`

func TestAServerServesNativeClients(t *testing.T) {
	g := program(t, echo)
	port := g.Line(t)
	done := make(chan error, 8)
	for i := range cap(done) {
		go func() { done <- echoes(port, i) }()
	}
	for range cap(done) {
		require.NoError(t, <-done)
	}
	require.Empty(t, g.Err.String())
}

func echoes(port string, client int) error {
	conn, err := net.DialTimeout("tcp", "127.0.0.1:"+port, time.Minute)
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute))
	for i := range 20 {
		line := fmt.Sprintf("client %d line %d\n", client, i)
		if _, err := io.WriteString(conn, line); err != nil {
			return err
		}
		back := make([]byte, len(line))
		if _, err := io.ReadFull(conn, back); err != nil {
			return err
		}
		if string(back) != line {
			return fmt.Errorf("%q came back as %q", line, back)
		}
	}
	return nil
}

func TestWhatAProgramCannotDoIsSaidOnce(t *testing.T) {
	g := program(t, `
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <unistd.h>
int main(void) {
	for (int i = 0; i < 3; i++)
		printf("%d %d\n", fork(), errno == ENOSYS);
	printf("%d\n", execl("/bin/sh", "sh", (char *)0));
	printf("%u\n", alarm(3));
	printf("%d\n", socket(AF_PACKET, SOCK_RAW, 0));
	printf("%d\n", fcntl(0, F_SETOWN, getpid()));
	return 0;
}`)
	require.Equal(t, "-1 1\n-1 1\n-1 1\n-1\n0\n-1\n-1\n", g.Said(t))
	said := g.Err.String()
	require.Equal(t, 1, strings.Count(said, "fork"), said)
	require.Contains(t, said, "select(), poll() or epoll_wait()")
	require.Contains(t, said, "exec")
	require.Contains(t, said, "alarm")
	require.Contains(t, said, "no packet sockets")
	require.Contains(t, said, "SIGIO")
}

// Threads are refused when they are made, not where <pthread.h> is included:
// many a textbook's own header does that, and the program uses none.
func TestThereIsOneThread(t *testing.T) {
	g := program(t, `
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *run(void *arg) { return arg; }
int main(void) {
	pthread_t t;
	sem_t s;
	printf("%d %d\n", pthread_mutex_lock(&lock), pthread_mutex_unlock(&lock));
	printf("%d\n", pthread_create(&t, 0, run, 0) == EAGAIN);
	sem_init(&s, 0, 1);
	printf("%d\n", sem_wait(&s));
	printf("%d", sem_wait(&s));
	printf(" %d\n", errno == EDEADLK);
	pthread_exit(0);
}`)
	require.Equal(t, "0 0\n1\n0\n-1 1\n", g.Said(t))
	require.Contains(t, g.Err.String(), "pthread_create: a WebAssembly program has one thread")
	require.Contains(t, g.Err.String(), "select(), poll() or epoll_wait()")
	require.Contains(t, g.Err.String(), "sem_wait: ")
}

func TestErrSaysTheProgramsName(t *testing.T) {
	g := program(t, `
#include <err.h>
#include <errno.h>
int main(void) {
	warnx("%d lines", 3);
	errno = ENOENT;
	err(4, "opening %s", "x");
}`)
	require.Equal(t, 4, g.Wait().Code)
	require.Equal(t, "main: 3 lines\nmain: opening x: No such file or directory\n", g.Err.String())
}

func TestAProgramGetsItsArgumentsAndEndsWithItsCode(t *testing.T) {
	g := program(t, `
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
static void bye(void) { puts("bye"); }
static volatile sig_atomic_t got;
static void on(int sig) { got = sig; }
int main(int argc, char **argv) {
	struct sigaction a = {.sa_handler = on, .sa_flags = SA_RESTART};
	sigemptyset(&a.sa_mask);
	if (sigaction(SIGUSR1, &a, 0) || raise(SIGUSR1))
		perror("sigaction");
	printf("%d %s %d %.3Lf\n", argc, argv[1], got == SIGUSR1, 1.5L);
	atexit(bye);
	exit(3);
}`, "x y")
	require.Equal(t, 3, g.Wait().Code)
	require.Equal(t, "2 x y 1 1.500\nbye\n", g.Out.String())
}

// A stack that overflows is a crash, not other variables that change.
func TestAStackThatOverflowsIsACrash(t *testing.T) {
	g := program(t, `
#include <stdio.h>
char *volatile seen;
static int deep(int n) { char b[100000]; seen = b; b[n] = 1; return n ? deep(n - 1) + b[n] : 0; }
int main(int argc, char **argv) { printf("%d\n", deep(60)); printf("%d\n", deep(1000)); return 0; }`)
	x := g.Wait()
	require.Equal(t, "60\n", g.Out.String(), "six megabytes are there")
	require.EqualValues(t, "trapped", x.Why)
}

func TestCommandsRunInTheSandboxsShell(t *testing.T) {
	g := program(t, `
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
int main(void) {
	char line[100];
	FILE *f = popen("echo one; echo two three | wc -w; exit 3", "r");
	if (!f) {
		perror("popen");
		return 1;
	}
	while (fgets(line, sizeof line, f))
		printf("got %s", line);
	int status = pclose(f);
	printf("%d %d\n", WIFEXITED(status), WEXITSTATUS(status));
	f = popen("sort", "w");
	fputs("b\na\n", f);
	printf("%d\n", pclose(f));
	status = system("echo heard; false");
	printf("%d %d\n", WEXITSTATUS(status), wait(0));
	return 0;
}`)
	require.Equal(t, "got one\ngot 2\n1 3\na\nb\n0\nheard\n1 -1\n", g.Said(t))
}

func TestAPromptIsSeenBeforeItsAnswerIsRead(t *testing.T) {
	source := filepath.Join(guesttest.Write(t, map[string]string{"main.c": `
#include <stdio.h>
int main(void) {
	char name[20];
	printf("name? ");
	if (scanf("%19s", name) == 1)
		printf("hello, %s\n", name);
	return 0;
}`}), "main.c")
	read, give, err := os.Pipe()
	require.NoError(t, err)
	defer read.Close()
	g := start(t, source, read)
	require.Eventually(t, func() bool { return g.Out.String() == "name? " }, 20*time.Second, time.Millisecond)
	_, err = give.WriteString("Ada\n")
	require.NoError(t, err)
	require.NoError(t, give.Close())
	require.Equal(t, "name? hello, Ada\n", g.Said(t))
}
