#include <stdio.h>

// Lines appear when they are printed, wherever stdout leads: a program under
// `--watch` or a check is not at a terminal.
__attribute__((constructor)) void __socklab_start(void) { setvbuf(stdout, NULL, _IOLBF, BUFSIZ); }
