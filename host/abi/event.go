package abi

// Flags of an event of poll_oneoff about a descriptor. The first is WASI's;
// the others are ours, for a C library's poll(2), and mean nothing to others.
const (
	EventHangup   = 0x1
	EventError    = 0x100 // POLLERR
	EventNotReady = 0x200 // it is told for the hangup or the error alone
)
