package toolchains

import (
	"errors"
	"syscall"
)

// What can be wrong, for errors.Is. Every error of these kinds also has a
// Hint method that says what to do next.
var (
	ErrMissing   = errors.New("not fetched yet")
	ErrNoNPM     = errors.New("npm is needed and does not run here")
	ErrNoNetwork = errors.New("npm could not reach its registry")
	ErrMismatch  = errors.New("not the pinned file")
	ErrNoSpace   = errors.New("the disk is full")
	ErrReadOnly  = errors.New("the folder for toolchains cannot be written")
	ErrNPM       = errors.New("npm failed")
)

var hints = map[error]string{
	ErrMissing:   "with npm installed, it is fetched once, when first needed",
	ErrNoNPM:     "install Node.js with npm 7 or newer; only Python programs need it, Go programs run without",
	ErrNoNetwork: "check the connection, and the proxy and registry that `npm config list` shows; then try again",
	ErrMismatch:  "remove the file if it is still there, and fetch again; if that does not help, the registry or a proxy serves something else under this version",
	ErrNoSpace:   "make room, or set SOCKLAB_TOOLCHAINS to a folder on another disk",
	ErrReadOnly:  "set SOCKLAB_TOOLCHAINS to a folder that you can write",
	ErrNPM:       "run `npm --version` (7 or newer is needed) and `npm config list` to see how npm is set up",
}

// Error is a toolchain's trouble: one of the kinds above, and the detail.
type Error struct {
	Subject string // what it is about: "python 3.12.0"
	Kind    error  // one of the Err values of this package
	Detail  error  // the cause, nil if the kind says it all
}

func (e *Error) Error() string {
	s := e.Subject + ": " + e.Kind.Error()
	if e.Detail != nil {
		s += ": " + e.Detail.Error()
	}
	return s
}

// Unwrap makes errors.Is see both the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Detail == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Detail}
}

// Hint says, in a line, what the user can do.
func (e *Error) Hint() string { return hints[e.Kind] }

// fileError gives an operating system's error its kind.
func fileError(subject string, err error) error {
	kind := ErrReadOnly
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		kind = ErrNoSpace
	}
	return &Error{Subject: subject, Kind: kind, Detail: err}
}
