package socket

import (
	"errors"
	"strconv"
	"syscall"
)

// Errno is the error of a socket call. Its number differs from system to
// system, its name does not: print [Errno.Name].
type Errno syscall.Errno

// Second names that POSIX has for two of them.
const (
	EWOULDBLOCK = EAGAIN
	EOPNOTSUPP  = Errno(syscall.EOPNOTSUPP)
)

// Name is the error's name, such as ECONNREFUSED.
func (e Errno) Name() string {
	if e == EOPNOTSUPP { // another number on macOS
		e = ENOTSUP
	}
	if int(e) < len(errnoNames) && errnoNames[e] != "" {
		return errnoNames[e]
	}
	return "errno " + strconv.Itoa(int(e))
}

// Error is the name and what it means, as in "ECONNREFUSED (connection
// refused)".
func (e Errno) Error() string { return e.Name() + " (" + syscall.Errno(e).Error() + ")" }

// Is makes errors.Is work with package syscall's errors and those of io/fs.
func (e Errno) Is(target error) bool {
	return target == syscall.Errno(e) || syscall.Errno(e).Is(target)
}

// EAI is an error of [GetAddrInfo] or [GetNameInfo].
type EAI int

// Name is the error's name, such as EAI_NONAME.
func (e EAI) Name() string {
	if i := int(-e); 0 < i && i < len(eaiNames) && eaiNames[i] != "" {
		return eaiNames[i]
	}
	return "EAI " + strconv.Itoa(int(e))
}

// Error is the name and what it means. gai_strerror(3)
func (e EAI) Error() string {
	if i := int(-e); 0 < i && i < len(eaiTexts) && eaiTexts[i] != "" {
		return e.Name() + " (" + eaiTexts[i] + ")"
	}
	return e.Name()
}

// Name is the name of an error of this package, such as ECONNREFUSED or
// EAI_NONAME; "" if err is nil or comes from elsewhere.
func Name(err error) string {
	var named interface{ Name() string }
	if errors.As(err, &named) {
		return named.Name()
	}
	return ""
}

// result makes an error of package syscall one of this package.
func result(err error) error {
	if errno, ok := err.(syscall.Errno); ok {
		return Errno(errno)
	}
	return err
}
