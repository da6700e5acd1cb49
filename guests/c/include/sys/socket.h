// <sys/socket.h> with Linux's numbers and structures. socket(7).
#ifndef _SYS_SOCKET_H
#define _SYS_SOCKET_H

#include <socklab/const.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <__typedef_sa_family_t.h>
#include <__typedef_socklen_t.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AF_LOCAL AF_UNIX
#define PF_UNSPEC AF_UNSPEC
#define PF_UNIX AF_UNIX
#define PF_LOCAL AF_UNIX
#define PF_INET AF_INET
#define PF_INET6 AF_INET6
#define PF_PACKET AF_PACKET

// What the sandbox does not have, for programs that try: ENOPROTOOPT.
#define SO_DEBUG 1
#define SO_PASSCRED 16
#define SO_PEERCRED 17
#define SO_BINDTODEVICE 25

#define MSG_DONTROUTE 0x4

struct sockaddr {
	sa_family_t sa_family;
	char sa_data[14];
};

struct sockaddr_storage {
	sa_family_t ss_family;
	char __ss_padding[118];
	unsigned long long __ss_align;
};

struct linger {
	int l_onoff;
	int l_linger;
};

struct msghdr {
	void *msg_name;
	socklen_t msg_namelen;
	struct iovec *msg_iov;
	size_t msg_iovlen;
	void *msg_control;
	size_t msg_controllen;
	int msg_flags;
};

// As on a 64-bit machine, where cmsg_len has 64 bits: what CMSG_LEN tells is
// what it tells there. cmsg(3)
struct cmsghdr {
	unsigned long long cmsg_len;
	int cmsg_level;
	int cmsg_type;
};

#define CMSG_ALIGN(len) (((len) + 7) & ~(size_t)7)
#define CMSG_DATA(cmsg) ((unsigned char *)((struct cmsghdr *)(cmsg) + 1))
#define CMSG_SPACE(len) (CMSG_ALIGN(len) + sizeof(struct cmsghdr))
#define CMSG_LEN(len) (sizeof(struct cmsghdr) + (len))
#define CMSG_FIRSTHDR(m) ((m)->msg_controllen >= sizeof(struct cmsghdr) ? (struct cmsghdr *)(m)->msg_control : (struct cmsghdr *)0)
#define CMSG_NXTHDR(m, c) __cmsg_next((m), (c))

static inline struct cmsghdr *__cmsg_next(const struct msghdr *m, const struct cmsghdr *c) {
	size_t left = (size_t)((unsigned char *)m->msg_control + m->msg_controllen - (unsigned char *)c);
	if (c->cmsg_len < sizeof(struct cmsghdr) || c->cmsg_len > left ||
	    CMSG_ALIGN((size_t)c->cmsg_len) + sizeof(struct cmsghdr) > left)
		return (struct cmsghdr *)0;
	return (struct cmsghdr *)((unsigned char *)c + CMSG_ALIGN((size_t)c->cmsg_len));
}

int socket(int, int, int);
int socketpair(int, int, int, int[2]);
int bind(int, const struct sockaddr *, socklen_t);
int listen(int, int);
int accept(int, struct sockaddr *__restrict, socklen_t *__restrict);
int accept4(int, struct sockaddr *__restrict, socklen_t *__restrict, int);
int connect(int, const struct sockaddr *, socklen_t);
int shutdown(int, int);
int getsockname(int, struct sockaddr *__restrict, socklen_t *__restrict);
int getpeername(int, struct sockaddr *__restrict, socklen_t *__restrict);
int getsockopt(int, int, int, void *__restrict, socklen_t *__restrict);
int setsockopt(int, int, int, const void *, socklen_t);
ssize_t send(int, const void *, size_t, int);
ssize_t recv(int, void *, size_t, int);
ssize_t sendto(int, const void *, size_t, int, const struct sockaddr *, socklen_t);
ssize_t recvfrom(int, void *__restrict, size_t, int, struct sockaddr *__restrict, socklen_t *__restrict);
ssize_t sendmsg(int, const struct msghdr *, int);
ssize_t recvmsg(int, struct msghdr *, int);
int sockatmark(int); // ENOTTY

#ifdef __cplusplus
}
#endif

#endif
