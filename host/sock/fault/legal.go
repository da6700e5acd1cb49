package fault

import (
	"slices"

	"socklab/host/abi"
)

// listed are the errors that a call may fail with for a reason outside of the
// program, whatever it has done. Source: POSIX.1-2024, the ERRORS of each
// call, and Linux's man pages. EAGAIN is Again's.
var listed = [numOps][]abi.Errno{
	opSocket:     {abi.EACCES, abi.EPERM, abi.EMFILE, abi.ENFILE, abi.ENOBUFS, abi.ENOMEM, abi.EAFNOSUPPORT, abi.EPROTONOSUPPORT},
	opSocketPair: {abi.EMFILE, abi.ENFILE, abi.ENOBUFS, abi.ENOMEM},
	opBind:       {abi.EACCES, abi.EADDRINUSE, abi.EADDRNOTAVAIL, abi.ENOBUFS, abi.ENOMEM},
	opListen:     {abi.EADDRINUSE, abi.EACCES, abi.ENOBUFS},
	opAccept:     {abi.ECONNABORTED, abi.EINTR, abi.EMFILE, abi.ENFILE, abi.ENOBUFS, abi.ENOMEM, abi.EPROTO, abi.EPERM},
	opConnect: {abi.EADDRNOTAVAIL, abi.ECONNREFUSED, abi.ECONNRESET, abi.EHOSTUNREACH, abi.ENETDOWN, abi.ENETUNREACH,
		abi.ENOBUFS, abi.ENOMEM, abi.ETIMEDOUT, abi.EACCES, abi.EADDRINUSE},
	opSend: {abi.ECONNRESET, abi.EPIPE, abi.EINTR, abi.ENETDOWN, abi.ENETUNREACH, abi.EHOSTUNREACH, abi.ENOBUFS,
		abi.ENOMEM, abi.ECONNREFUSED, abi.ETIMEDOUT},
	opRecv:        {abi.ECONNRESET, abi.EINTR, abi.ETIMEDOUT, abi.ENOBUFS, abi.ENOMEM, abi.ECONNREFUSED, abi.EHOSTUNREACH},
	opShutdown:    {abi.ENOBUFS, abi.ENOTCONN},
	opGetAddrInfo: nil, // its errors are EAI
}

var resolverErrors = []abi.EAI{abi.EAI_AGAIN, abi.EAI_FAIL, abi.EAI_NONAME, abi.EAI_MEMORY}

// mayFail reports whether the table has the error.
func mayFail(o op, err abi.Errno) bool { return slices.Contains(listed[o], err) }

// fits reports whether a socket, as it is now, may fail so.
func (s *socket) fits(o op, err abi.Errno) bool {
	switch o {
	case opSend, opRecv:
	case opConnect:
		return s.stream || err != abi.ETIMEDOUT && err != abi.ECONNREFUSED && err != abi.ECONNRESET
	default:
		return true
	}
	switch err {
	case abi.ECONNRESET, abi.EPIPE, abi.ETIMEDOUT, abi.EHOSTUNREACH:
		if !s.stream {
			return err == abi.EHOSTUNREACH && s.inet
		}
		_, none := s.PeerAddr()
		return none == abi.OK
	case abi.ECONNREFUSED: // of a datagram that went before
		return !s.stream && s.inet
	case abi.ENETDOWN, abi.ENETUNREACH:
		return s.inet
	}
	return true
}

// ends reports whether the error is the end of a stream's connection.
func (s *socket) ends(o op, err abi.Errno) bool {
	if !s.stream || o != opSend && o != opRecv {
		return false
	}
	switch err {
	case abi.ECONNRESET, abi.EPIPE, abi.ETIMEDOUT, abi.EHOSTUNREACH:
		return true
	}
	return false
}
