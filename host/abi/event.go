package abi

// EventPoll is a kind of subscription beside WASI's own: poll(2) of one
// descriptor. Behind the descriptor, where WASI has it, are the events as a
// 32-bit number, with Linux's numbers; the answer's flags are what poll(2)
// calls revents.
const EventPoll = 3

// EventHangup is WASI's flag of an event of poll_oneoff: a descriptor was hung
// up.
const EventHangup = 0x1
