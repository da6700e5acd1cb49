// Package bench holds, as source text, the programs that cmd/bench measures.
// Each is built twice, for this machine and for the sandbox, and does the
// same in both.
//
// # What net and bsd are asked
//
// They print two ports, accept one connection on the first and do what they
// are asked there: requests of 16 bytes, one after another, until its end. A
// request is an operation, three bytes of nothing, a port (32 bits) and a
// number n (64 bits), little endian:
//
//   - echo: receive messages of 64 bytes and send each back, n times.
//   - receive: receive n bytes, in blocks of at most 64 KiB.
//   - send: send n bytes, in blocks of 64 KiB.
//   - accept: accept n connections on the second port, and close each.
//   - dial: connect n times to the port given, on 127.0.0.1, and close each.
//
// All but echo and send are answered with one byte when they are done.
package bench

import "embed"

// Sources are the programs: a folder each, with a main.go.
//
//go:embed bsd net cpu poll
var Sources embed.FS

// The operations.
const (
	Echo    = 'e'
	Receive = 'r'
	Send    = 's'
	Accept  = 'a'
	Dial    = 'd'
)

// Sizes, in bytes.
const (
	Message = 64
	Block   = 64 << 10
)
