package socket

import "time"

// PollFD is one descriptor to wait for: what is asked, and what is so.
// poll(2)
type PollFD struct {
	FD      int32 // a negative one is skipped
	Events  int16 // POLLIN, POLLOUT
	Revents int16 // these, POLLERR, POLLHUP and POLLNVAL
}

// The events of Poll.
const (
	POLLIN   = 0x1  // a receive or an accept would not block
	POLLOUT  = 0x4  // a send would not block, or a connect has ended
	POLLERR  = 0x8  // SO_ERROR tells why
	POLLHUP  = 0x10 // the other side has hung up
	POLLNVAL = 0x20 // not an open descriptor
)

// Poll waits until one of the descriptors has something to tell, and fills in
// their Revents. It returns how many have, 0 if the timeout has passed. A
// negative timeout is for ever, 0 only looks. poll(2)
func Poll(fds []PollFD, timeout time.Duration) (n int, err error) {
	n, errno := poll(fds, timeout)
	if errno != 0 {
		return 0, errno
	}
	return n, nil
}
