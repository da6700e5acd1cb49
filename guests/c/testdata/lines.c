// Linked into native programs: stdout is line-buffered, as it is in a guest, so
// that a program that hangs has told how far it came.
#include <stdio.h>

__attribute__((constructor)) static void lines(void) { setvbuf(stdout, 0, _IOLBF, 0); }
