// syslog, to stderr.
#include <stdio.h>
#include <string.h>
#include <syslog.h>

static const char *who = "";

void openlog(const char *name, int options, int facility) {
	(void)options, (void)facility;
	who = name ? name : "";
}

void closelog(void) { who = ""; }

int setlogmask(int mask) { return (void)mask, 0xff; }

void vsyslog(int priority, const char *format, va_list ap) {
	(void)priority;
	char line[1024];
	vsnprintf(line, sizeof line, format, ap);
	line[strcspn(line, "\n")] = 0;
	fprintf(stderr, "%s%s%s\n", who, *who ? ": " : "", line);
}

void syslog(int priority, const char *format, ...) {
	va_list ap;
	va_start(ap, format);
	vsyslog(priority, format, ap);
	va_end(ap);
}
