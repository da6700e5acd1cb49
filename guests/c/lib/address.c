// inet_pton and inet_ntop, whose families wasi-libc numbers in its own way.
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int pton4(const char *s, unsigned char *to) {
	for (int i = 0; i < 4; i++) {
		int v = 0, digits = 0;
		for (; *s >= '0' && *s <= '9'; s++) {
			v = v * 10 + *s - '0';
			if (v > 255 || (digits++ && v < 10)) // a leading zero
				return 0;
		}
		if (!digits || *s++ != (i < 3 ? '.' : 0))
			return 0;
		to[i] = v;
	}
	return 1;
}

static int hex(char c) {
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 32;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int pton6(const char *s, unsigned char *to) {
	unsigned char b[16];
	int n = 0, gap = -1;
	if (s[0] == ':' && *++s != ':')
		return 0;
	while (*s) {
		if (*s == ':') {
			if (gap >= 0)
				return 0;
			gap = n;
			if (!*++s)
				break;
			continue;
		}
		if (n == 16)
			return 0;
		const char *group = s;
		int v = 0, digits = 0;
		for (; hex(*s) >= 0; s++, digits++)
			v = v << 4 | hex(*s);
		if (*s == '.') { // the last four bytes as IPv4 has them
			if (n > 12 || !pton4(group, b + n))
				return 0;
			n += 4;
			break;
		}
		if (!digits || digits > 4)
			return 0;
		b[n++] = v >> 8;
		b[n++] = v;
		if (!*s)
			break;
		if (*s++ != ':' || !*s)
			return 0;
	}
	if (gap < 0 ? n != 16 : n == 16)
		return 0;
	if (gap >= 0) {
		memmove(b + 16 - (n - gap), b + gap, n - gap);
		memset(b + gap, 0, 16 - n);
	}
	memcpy(to, b, 16);
	return 1;
}

int inet_pton(int family, const char *restrict s, void *restrict to) {
	unsigned char four[4];
	switch (family) {
	case AF_INET:
		if (!pton4(s, four))
			return 0;
		memcpy(to, four, 4);
		return 1;
	case AF_INET6:
		return pton6(s, to);
	}
	errno = EAFNOSUPPORT;
	return -1;
}

// ntop6 writes an IPv6 address as RFC 5952 has it.
static void ntop6(const unsigned char *b, char *to) {
	int gap = -1, longest = 1; // a single zero group stays
	for (int i = 0; i < 8; i++) {
		int n = 0;
		while (i + n < 8 && !b[2 * (i + n)] && !b[2 * (i + n) + 1])
			n++;
		if (n > longest)
			gap = i, longest = n;
	}
	int v4 = gap == 0 && (longest == 6 || (longest == 5 && b[10] == 0xff && b[11] == 0xff));
	for (int i = 0; i < (v4 ? 6 : 8); i++) {
		if (i == gap) {
			to += sprintf(to, "::");
			i += longest - 1;
			continue;
		}
		to += sprintf(to, "%s%x", i && i != gap + longest ? ":" : "", b[2 * i] << 8 | b[2 * i + 1]);
	}
	if (v4)
		sprintf(to, "%s%d.%d.%d.%d", longest == 6 ? "" : ":", b[12], b[13], b[14], b[15]);
}

const char *inet_ntop(int family, const void *restrict from, char *restrict to, socklen_t size) {
	char text[INET6_ADDRSTRLEN];
	const unsigned char *b = from;
	switch (family) {
	case AF_INET:
		sprintf(text, "%d.%d.%d.%d", b[0], b[1], b[2], b[3]);
		break;
	case AF_INET6:
		ntop6(b, text);
		break;
	default:
		errno = EAFNOSUPPORT;
		return 0;
	}
	if (strlen(text) >= size) {
		errno = ENOSPC;
		return 0;
	}
	return strcpy(to, text);
}
