// What calls a main that takes arguments. wasi-libc's lets a program without
// main be linked, to crash when it is started; here it does not link, as
// natively. A main without arguments is __main_void itself.
#include <stdlib.h>
#include <sysexits.h>
#include <wasi/api.h>

int __main_argc_argv(int argc, char **argv);
int __main_void(void);

int __main_void(void) {
	size_t argc, size;
	if (__wasi_args_sizes_get(&argc, &size))
		_Exit(EX_OSERR);
	char *text = malloc(size + 1), **argv = calloc(argc + 1, sizeof *argv);
	if (!text || !argv)
		_Exit(EX_SOFTWARE);
	if (__wasi_args_get((uint8_t **)argv, (uint8_t *)text))
		_Exit(EX_OSERR);
	return __main_argc_argv(argc, argv);
}
