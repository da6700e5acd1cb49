// fd_set as Linux has it, in place of wasi-libc's list. select(2).
#ifndef _SOCKLAB_FD_SET_H
#define _SOCKLAB_FD_SET_H

#undef FD_SETSIZE
#define FD_SETSIZE 1024
#define NFDBITS (8 * (int)sizeof(long))

typedef struct {
	unsigned long fds_bits[FD_SETSIZE / (8 * sizeof(long))];
} fd_set;

#define FD_ZERO(s) __builtin_memset((s), 0, sizeof(fd_set))
#define FD_SET(d, s) ((void)((s)->fds_bits[(d) / NFDBITS] |= 1UL << ((d) % NFDBITS)))
#define FD_CLR(d, s) ((void)((s)->fds_bits[(d) / NFDBITS] &= ~(1UL << ((d) % NFDBITS))))
#define FD_ISSET(d, s) (((s)->fds_bits[(d) / NFDBITS] >> ((d) % NFDBITS)) & 1)

#endif
