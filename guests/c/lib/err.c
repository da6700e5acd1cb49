// <err.h>: messages that begin with the program's name. err(3).
#include "call.h"
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wasi/api.h>

// name writes "prog: ", from the first argument.
static void name(void) {
	size_t argc, size;
	if (__wasi_args_sizes_get(&argc, &size) || !argc)
		return;
	char *argv[argc], text[size];
	if (__wasi_args_get((uint8_t **)argv, (uint8_t *)text))
		return;
	const char *slash = strrchr(argv[0], '/');
	fprintf(stderr, "%s: ", slash ? slash + 1 : argv[0]);
}

void vwarnx(const char *format, va_list ap) {
	name();
	if (format)
		vfprintf(stderr, format, ap);
	fputc('\n', stderr);
}

void vwarn(const char *format, va_list ap) {
	const char *why = strerror(errno);
	name();
	if (format) {
		vfprintf(stderr, format, ap);
		fputs(": ", stderr);
	}
	fprintf(stderr, "%s\n", why);
}

_Noreturn void verr(int code, const char *format, va_list ap) {
	vwarn(format, ap);
	exit(code);
}

_Noreturn void verrx(int code, const char *format, va_list ap) {
	vwarnx(format, ap);
	exit(code);
}

#define PASS(call) \
	va_list ap; \
	va_start(ap, format); \
	call; \
	va_end(ap)

void warn(const char *format, ...) { PASS(vwarn(format, ap)); }
void warnx(const char *format, ...) { PASS(vwarnx(format, ap)); }
_Noreturn void err(int code, const char *format, ...) { PASS(verr(code, format, ap)); }
_Noreturn void errx(int code, const char *format, ...) { PASS(verrx(code, format, ap)); }
