package abi

import "strconv"

// Errno is a WASI preview 1 error number: 0 is success. It is what every
// host function returns to its guest. Its name, not its number, is what to
// show to people: the numbers differ from system to system.
//
// Source: WASI snapshot-01 docs, "errno: Variant".
type Errno uint16

// The error numbers, in WASI's order.
const (
	OK Errno = iota
	E2BIG
	EACCES
	EADDRINUSE
	EADDRNOTAVAIL
	EAFNOSUPPORT
	EAGAIN
	EALREADY
	EBADF
	EBADMSG
	EBUSY
	ECANCELED
	ECHILD
	ECONNABORTED
	ECONNREFUSED
	ECONNRESET
	EDEADLK
	EDESTADDRREQ
	EDOM
	EDQUOT
	EEXIST
	EFAULT
	EFBIG
	EHOSTUNREACH
	EIDRM
	EILSEQ
	EINPROGRESS
	EINTR
	EINVAL
	EIO
	EISCONN
	EISDIR
	ELOOP
	EMFILE
	EMLINK
	EMSGSIZE
	EMULTIHOP
	ENAMETOOLONG
	ENETDOWN
	ENETRESET
	ENETUNREACH
	ENFILE
	ENOBUFS
	ENODEV
	ENOENT
	ENOEXEC
	ENOLCK
	ENOLINK
	ENOMEM
	ENOMSG
	ENOPROTOOPT
	ENOSPC
	ENOSYS
	ENOTCONN
	ENOTDIR
	ENOTEMPTY
	ENOTRECOVERABLE
	ENOTSOCK
	ENOTSUP
	ENOTTY
	ENXIO
	EOVERFLOW
	EOWNERDEAD
	EPERM
	EPIPE
	EPROTO
	EPROTONOSUPPORT
	EPROTOTYPE
	ERANGE
	EROFS
	ESPIPE
	ESRCH
	ESTALE
	ETIMEDOUT
	ETXTBSY
	EXDEV
	ENOTCAPABLE
)

// Names that POSIX allows to share a number.
const (
	EWOULDBLOCK = EAGAIN
	EOPNOTSUPP  = ENOTSUP
)

// Error makes an Errno an error for host code: the text of strerror(3).
func (e Errno) Error() string {
	if int(e) < len(errnos) {
		return errnos[e].text
	}
	return "error " + strconv.Itoa(int(e))
}

// Name is the POSIX name, such as ECONNREFUSED; OK for success.
func (e Errno) Name() string {
	if int(e) < len(errnos) {
		return errnos[e].name
	}
	return "E" + strconv.Itoa(int(e))
}

// String is the name.
func (e Errno) String() string { return e.Name() }

// ParseErrno finds an error number by its POSIX name.
func ParseErrno(name string) (Errno, bool) {
	switch name {
	case "EWOULDBLOCK":
		return EWOULDBLOCK, true
	case "EOPNOTSUPP":
		return EOPNOTSUPP, true
	}
	for i := range errnos {
		if errnos[i].name == name {
			return Errno(i), true
		}
	}
	return 0, false
}

// Errnos lists every error number but success.
func Errnos() []Errno {
	all := make([]Errno, 0, len(errnos)-1)
	for e := E2BIG; e <= ENOTCAPABLE; e++ {
		all = append(all, e)
	}
	return all
}

var errnos = [...]struct{ name, text string }{
	OK:              {"OK", "success"},
	E2BIG:           {"E2BIG", "argument list too long"},
	EACCES:          {"EACCES", "permission denied"},
	EADDRINUSE:      {"EADDRINUSE", "address already in use"},
	EADDRNOTAVAIL:   {"EADDRNOTAVAIL", "cannot assign requested address"},
	EAFNOSUPPORT:    {"EAFNOSUPPORT", "address family not supported by protocol"},
	EAGAIN:          {"EAGAIN", "resource temporarily unavailable"},
	EALREADY:        {"EALREADY", "operation already in progress"},
	EBADF:           {"EBADF", "bad file descriptor"},
	EBADMSG:         {"EBADMSG", "bad message"},
	EBUSY:           {"EBUSY", "device or resource busy"},
	ECANCELED:       {"ECANCELED", "operation canceled"},
	ECHILD:          {"ECHILD", "no child processes"},
	ECONNABORTED:    {"ECONNABORTED", "software caused connection abort"},
	ECONNREFUSED:    {"ECONNREFUSED", "connection refused"},
	ECONNRESET:      {"ECONNRESET", "connection reset by peer"},
	EDEADLK:         {"EDEADLK", "resource deadlock avoided"},
	EDESTADDRREQ:    {"EDESTADDRREQ", "destination address required"},
	EDOM:            {"EDOM", "numerical argument out of domain"},
	EDQUOT:          {"EDQUOT", "disk quota exceeded"},
	EEXIST:          {"EEXIST", "file exists"},
	EFAULT:          {"EFAULT", "bad address"},
	EFBIG:           {"EFBIG", "file too large"},
	EHOSTUNREACH:    {"EHOSTUNREACH", "no route to host"},
	EIDRM:           {"EIDRM", "identifier removed"},
	EILSEQ:          {"EILSEQ", "invalid or incomplete multibyte character"},
	EINPROGRESS:     {"EINPROGRESS", "operation now in progress"},
	EINTR:           {"EINTR", "interrupted system call"},
	EINVAL:          {"EINVAL", "invalid argument"},
	EIO:             {"EIO", "input/output error"},
	EISCONN:         {"EISCONN", "transport endpoint is already connected"},
	EISDIR:          {"EISDIR", "is a directory"},
	ELOOP:           {"ELOOP", "too many levels of symbolic links"},
	EMFILE:          {"EMFILE", "too many open files"},
	EMLINK:          {"EMLINK", "too many links"},
	EMSGSIZE:        {"EMSGSIZE", "message too long"},
	EMULTIHOP:       {"EMULTIHOP", "multihop attempted"},
	ENAMETOOLONG:    {"ENAMETOOLONG", "file name too long"},
	ENETDOWN:        {"ENETDOWN", "network is down"},
	ENETRESET:       {"ENETRESET", "network dropped connection on reset"},
	ENETUNREACH:     {"ENETUNREACH", "network is unreachable"},
	ENFILE:          {"ENFILE", "too many open files in system"},
	ENOBUFS:         {"ENOBUFS", "no buffer space available"},
	ENODEV:          {"ENODEV", "no such device"},
	ENOENT:          {"ENOENT", "no such file or directory"},
	ENOEXEC:         {"ENOEXEC", "exec format error"},
	ENOLCK:          {"ENOLCK", "no locks available"},
	ENOLINK:         {"ENOLINK", "link has been severed"},
	ENOMEM:          {"ENOMEM", "cannot allocate memory"},
	ENOMSG:          {"ENOMSG", "no message of desired type"},
	ENOPROTOOPT:     {"ENOPROTOOPT", "protocol not available"},
	ENOSPC:          {"ENOSPC", "no space left on device"},
	ENOSYS:          {"ENOSYS", "function not implemented"},
	ENOTCONN:        {"ENOTCONN", "transport endpoint is not connected"},
	ENOTDIR:         {"ENOTDIR", "not a directory"},
	ENOTEMPTY:       {"ENOTEMPTY", "directory not empty"},
	ENOTRECOVERABLE: {"ENOTRECOVERABLE", "state not recoverable"},
	ENOTSOCK:        {"ENOTSOCK", "socket operation on non-socket"},
	ENOTSUP:         {"ENOTSUP", "operation not supported"},
	ENOTTY:          {"ENOTTY", "inappropriate ioctl for device"},
	ENXIO:           {"ENXIO", "no such device or address"},
	EOVERFLOW:       {"EOVERFLOW", "value too large for defined data type"},
	EOWNERDEAD:      {"EOWNERDEAD", "owner died"},
	EPERM:           {"EPERM", "operation not permitted"},
	EPIPE:           {"EPIPE", "broken pipe"},
	EPROTO:          {"EPROTO", "protocol error"},
	EPROTONOSUPPORT: {"EPROTONOSUPPORT", "protocol not supported"},
	EPROTOTYPE:      {"EPROTOTYPE", "protocol wrong type for socket"},
	ERANGE:          {"ERANGE", "numerical result out of range"},
	EROFS:           {"EROFS", "read-only file system"},
	ESPIPE:          {"ESPIPE", "illegal seek"},
	ESRCH:           {"ESRCH", "no such process"},
	ESTALE:          {"ESTALE", "stale file handle"},
	ETIMEDOUT:       {"ETIMEDOUT", "connection timed out"},
	ETXTBSY:         {"ETXTBSY", "text file busy"},
	EXDEV:           {"EXDEV", "invalid cross-device link"},
	ENOTCAPABLE:     {"ENOTCAPABLE", "capabilities insufficient"},
}
