package build

import (
	"fmt"
	"regexp"
	"strings"
)

// cHeaders are the headers of what network programs use, as Linux's man pages
// name them. clang itself knows those of the C standard's functions only.
var cHeaders = map[string]string{
	"arpa/inet.h": "htons htonl ntohs ntohl inet_pton inet_ntop inet_addr inet_aton inet_ntoa",
	"errno.h": "errno EINTR EAGAIN EWOULDBLOCK EINPROGRESS EPIPE EBADF EINVAL EADDRINUSE ECONNREFUSED ECONNRESET " +
		"ENOTCONN ETIMEDOUT",
	"err.h":         "err errx warn warnx",
	"fcntl.h":       "fcntl open F_GETFL F_SETFL O_NONBLOCK O_RDONLY O_WRONLY O_RDWR O_CREAT O_TRUNC O_APPEND",
	"ifaddrs.h":     "getifaddrs freeifaddrs|struct ifaddrs",
	"net/if.h":      "if_nametoindex if_indextoname|struct ifreq|struct ifconf",
	"netdb.h":       "getaddrinfo freeaddrinfo gai_strerror getnameinfo gethostbyname getservbyname getservbyport AI_PASSIVE NI_MAXHOST NI_MAXSERV NI_NUMERICHOST NI_NUMERICSERV|struct addrinfo|struct hostent|struct servent",
	"netinet/in.h":  "INADDR_ANY INADDR_LOOPBACK INADDR_NONE INET_ADDRSTRLEN INET6_ADDRSTRLEN IPPROTO_TCP IPPROTO_UDP IPPROTO_IPV6 IPV6_V6ONLY in6addr_any in6addr_loopback in_port_t in_addr_t|struct sockaddr_in|struct sockaddr_in6|struct in_addr|struct in6_addr",
	"netinet/tcp.h": "TCP_NODELAY TCP_KEEPIDLE TCP_KEEPINTVL TCP_KEEPCNT",
	"poll.h":        "poll POLLIN POLLOUT POLLERR POLLHUP POLLNVAL|struct pollfd",
	"signal.h":      "signal sigaction SIGPIPE SIGINT SIGTERM SIG_IGN SIG_DFL sig_atomic_t",
	"stdbool.h":     "bool true false",
	"stdint.h":      "uint8_t uint16_t uint32_t uint64_t int8_t int16_t int32_t int64_t",
	"stdio.h":       "stdin stdout stderr perror fgets fputs puts fdopen fileno EOF FILE",
	"stdlib.h":      "getenv EXIT_SUCCESS EXIT_FAILURE system",
	"string.h":      "strerror strsep strtok strtok_r",
	"strings.h":     "bzero strcasecmp strncasecmp",
	"sys/epoll.h":   "epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait EPOLLIN EPOLLOUT EPOLLET EPOLLRDHUP EPOLLONESHOT EPOLL_CTL_ADD EPOLL_CTL_MOD EPOLL_CTL_DEL|struct epoll_event",
	"sys/ioctl.h":   "ioctl FIONREAD FIONBIO",
	"sys/select.h":  "select FD_ZERO FD_SET FD_CLR FD_ISSET FD_SETSIZE fd_set",
	"sys/socket.h": "socket bind listen accept accept4 connect shutdown send sendto sendmsg recv recvfrom recvmsg getsockopt setsockopt getsockname getpeername socketpair " +
		"AF_INET AF_INET6 AF_UNIX AF_UNSPEC PF_INET SOCK_STREAM SOCK_DGRAM SOCK_NONBLOCK SOL_SOCKET SOMAXCONN SO_REUSEADDR SO_REUSEPORT SO_ERROR SO_BROADCAST SO_KEEPALIVE SO_LINGER SO_RCVBUF SO_SNDBUF SO_RCVTIMEO SO_SNDTIMEO " +
		"MSG_PEEK MSG_DONTWAIT MSG_WAITALL MSG_NOSIGNAL SHUT_RD SHUT_WR SHUT_RDWR socklen_t sa_family_t|struct sockaddr|struct sockaddr_storage|struct msghdr|struct cmsghdr|struct linger",
	"sys/stat.h":  "stat fstat mkdir",
	"sys/time.h":  "gettimeofday|struct timeval",
	"sys/types.h": "ssize_t pid_t off_t",
	"sys/uio.h":   "readv writev|struct iovec",
	"sys/un.h":    "|struct sockaddr_un",
	"sys/wait.h":  "wait waitpid WNOHANG",
	"time.h":      "time nanosleep clock_gettime strftime localtime gmtime CLOCK_MONOTONIC|struct timespec|struct tm",
	"unistd.h":    "close read write alarm execl execvp dup dup2 pipe fork sleep usleep getpid gethostname lseek unlink isatty STDIN_FILENO STDOUT_FILENO STDERR_FILENO",
}

// cHeaderOf is the header of each name.
var cHeaderOf = func() map[string]string {
	of := map[string]string{}
	for header, all := range cHeaders {
		names, structs, _ := strings.Cut(all, "|")
		for _, name := range strings.Fields(names) {
			of[name] = header
		}
		for name := range strings.SplitSeq(structs, "|") {
			of[name] = header
		}
	}
	return of
}()

// cInstead says what to do without headers that the sandbox does not have, by
// how their names begin.
var cInstead = []struct{ header, advice string }{
	{"sys/ipc.h", cOneProcess}, {"sys/msg.h", cOneProcess}, {"sys/shm.h", cOneProcess}, {"sys/sem.h", cOneProcess},
	{"sys/timerfd.h", "give select(), poll() or epoll_wait() a timeout instead"},
	{"sys/signalfd.h", "no signals come to a program in the sandbox: wait for descriptors alone"},
	{"sys/inotify.h", "the sandbox does not watch files"},
	{"netpacket/", cNoPackets}, {"linux/if_", cNoPackets}, {"net/ethernet.h", cNoPackets}, {"net/if_arp.h", cNoPackets},
	{"netinet/if_ether.h", cNoPackets}, {"netinet/ether.h", cNoPackets}, {"linux/filter.h", cNoPackets}, {"pcap", cNoPackets},
	{"netinet/sctp.h", "the sandbox has TCP, UDP and AF_UNIX sockets"},
	{"winsock", cWindows}, {"ws2tcpip.h", cWindows}, {"windows.h", cWindows}, {"conio.h", cWindows},
	{"openssl/", cAlone}, {"libssh/", cAlone}, {"curl/", cAlone}, {"event", cAlone}, {"ncurses.h", cAlone}, {"curses.h", cAlone},
	{"termios.h", "a program in the sandbox gets lines from a terminal, and cannot change how: read them from stdin"},
	{"sys/ptrace.h", cOneProcess}, {"spawn.h", "popen() and system() run commands in the sandbox's own shell"},
}

const (
	cOneProcess = "a program in the sandbox is one process: to talk to others, use sockets or pipes"
	cNoPackets  = "the sandbox has no packet sockets: use AF_INET with SOCK_STREAM or SOCK_DGRAM"
	cWindows    = "this is a Windows header: on Linux, sockets are in <sys/socket.h>, <netinet/in.h>, <arpa/inet.h> and <unistd.h>"
	cAlone      = "a program in the sandbox is made of its own files and the C library alone"
)

// cMissing is an error about a header that is not there.
var cMissing = regexp.MustCompile(`^(.+?:\d+:\d+: )fatal error: '([^']+)' file not found`)

func adviceFor(header string) string {
	for _, c := range cInstead {
		if strings.HasPrefix(header, c.header) {
			return c.advice
		}
	}
	return ""
}

// cUnknown is an error about a name that a header would have declared.
var cUnknown = regexp.MustCompile(`^(.+?:\d+:\d+: )error: (?:call to undeclared function|use of undeclared identifier|unknown type name|.*\bincomplete (?:definition of )?type) '([^']+)'`)

// noteHeaders says below such an error which header that is, as clang does of
// the functions that it knows, and what to do without a header.
func noteHeaders(said string) string {
	var b strings.Builder
	note := ""
	for line := range strings.Lines(said) {
		if note != "" && !strings.HasPrefix(line, " ") { // the place has been shown
			b.WriteString(note)
			note = ""
		}
		b.WriteString(line)
		if m := cUnknown.FindStringSubmatch(line); m != nil && cHeaderOf[m[2]] != "" {
			note = fmt.Sprintf("%snote: include the header <%s>\n", m[1], cHeaderOf[m[2]])
		} else if m := cMissing.FindStringSubmatch(line); m != nil && adviceFor(m[2]) != "" {
			note = fmt.Sprintf("%snote: %s\n", m[1], adviceFor(m[2]))
		}
	}
	return b.String() + note
}
