// Second descriptors of files, pipes and standard streams.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void told(const char *what, long result) {
	printf("%s: %ld", what, result);
	if (result < 0)
		printf(" %s", strerror(errno));
	printf("\n");
}
#define TRY(call) told(#call, (errno = 0, (call)))

static void show(const char *name) {
	char buf[200];
	int fd = open(name, O_RDONLY);
	ssize_t n = read(fd, buf, sizeof buf);
	printf("%s: %zd %.*s\n", name, n, (int)n, buf);
	close(fd);
}

int main(void) {
	// One offset for both.
	int f = open("one", O_CREAT | O_TRUNC | O_RDWR, 0644);
	int d = dup(f);
	printf("another: %d\n", d > f);
	TRY(write(f, "abc", 3));
	TRY(write(d, "def", 3));
	TRY(lseek(f, 0, SEEK_CUR));
	TRY(lseek(d, 1, SEEK_SET));
	char buf[8] = "";
	TRY(read(f, buf, 2));
	printf("%s\n", buf);

	// And one set of flags.
	TRY(fcntl(d, F_SETFL, O_APPEND));
	TRY((fcntl(f, F_GETFL) & O_APPEND) != 0);
	lseek(f, 0, SEEK_SET);
	TRY(write(f, "end", 3));

	// It is open until the last is closed.
	TRY(close(f));
	TRY(write(f, "x", 1));
	TRY(write(d, "!", 1));
	struct stat st;
	TRY(fstat(d, &st));
	printf("%d %ld\n", S_ISREG(st.st_mode), (long)st.st_size);
	show("one");

	// At a number of one's choice, whatever was there.
	f = open("two", O_CREAT | O_TRUNC | O_WRONLY, 0644);
	TRY(dup2(f, f) == f);
	TRY(dup2(f, 40));
	TRY(write(40, "forty ", 6));
	TRY(dup2(d, 40));
	TRY(write(40, "?", 1));
	TRY(dup2(f, d) == d);
	TRY(write(d, "dee ", 4));
	TRY(fcntl(f, F_DUPFD, 50));
	TRY(write(50, "fifty", 5));
	TRY(close(50));
	TRY(dup2(f, -1));
	TRY(dup2(f, 1 << 30));
	show("one");
	show("two");

	// Standard output into a file, and back.
	fflush(stdout);
	int saved = dup(1);
	TRY(dup2(f, 1));
	printf("into the file\n");
	fflush(stdout);
	TRY(dup2(saved, 1));
	fflush(stdout);
	close(saved);
	show("two");

	// Pipes, and a folder.
	int p[2];
	TRY(pipe(p));
	TRY(dup2(p[1], 60));
	close(p[1]);
	TRY(write(60, "piped", 5));
	close(60);
	memset(buf, 0, sizeof buf);
	TRY(read(p[0], buf, sizeof buf));
	TRY(read(p[0], buf, sizeof buf));
	printf("%s\n", buf);
	int folder = open(".", O_RDONLY | O_DIRECTORY);
	d = dup(folder);
	close(folder);
	f = openat(d, "one", O_RDONLY);
	TRY(read(f, buf, 3));
	TRY(dup(f) > f);
	unlink("one");
	unlink("two");
	int null = open("/dev/null", O_WRONLY);
	TRY(write(dup(null), "gone", 4));
	return 0;
}
