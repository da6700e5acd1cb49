// Package engine runs guests: it compiles modules (once, kept on disk),
// starts instances under limits, ends them, and tells why they ended.
package engine

import (
	"context"
	"io"
	"os"
	"time"

	"github.com/tetratelabs/wazero/api"

	"socklab/host/abi"
	"socklab/host/sock"
	"socklab/host/trace"
)

// Spec is one guest to start. Zero fields mean: no such thing, or no limit.
type Spec struct {
	Name   string   // in traces and explanations, such as "server"
	Args   []string // argv, the program's name first
	Env    []string // K=V
	Mounts []Mount
	Stack  sock.Stack
	Paths  *Paths // what Stack resolves AF_UNIX paths with; nil if it does not

	// Stdin may be nil (at once at its end). An *os.File is polled and read
	// without holding a thread and without being closed; any other reader
	// must not block for long.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// SIGPIPE ends a guest that writes to one of them when it is a pipe that
	// nobody reads any more, with exit code 141. Without it the guest is told
	// EPIPE.
	SIGPIPE bool

	Recorder trace.Recorder // nil: no trace, and no cost of one
	// Explain is told, in a sentence, why a call was refused, where the host
	// knows more than the errno says. It is called on the guest's goroutine.
	Explain func(call string, err abi.Errno, why string)
	// Devices offers the socket calls as files, for an interpreter that was
	// built without them (package wasi, DeviceDir).
	Devices bool
	Limits  Limits
	// FirstFD is the lowest number that a new socket or file gets; 0 is the
	// lowest free one, as POSIX has it.
	FirstFD int
	// Image is what the guest's memory is to begin with, and Entry the function
	// that is called then; nil: as the module has it, and its _start.
	Image *Image
	Entry Entry
	// Shell is what command lines of the guest are run with, asked for when
	// there is one; nil: it can run none. It is started with the arguments sh,
	// -c and the command line.
	Shell func(ctx context.Context) (Module, error)
	// Wall clock and randomness are the machine's own.

	freeze func(api.Module)
	parent *Instance // of a child: it uses its parent's files and fuel
	pipes  [3]sock.Socket
}

// Mount gives a guest a folder of the host.
type Mount struct {
	Host     string // a folder; nothing outside it can be reached, whatever links say
	Guest    string // a path, such as /, which may be relative to where guests start
	ReadOnly bool
	// Folder is the folder itself, if it is open: who can rename it, or put a
	// link in its place, changes nothing then. It stays the caller's.
	Folder *os.Root
}

// Limits end an instance that passes one of them, with an Exit that names it.
type Limits struct {
	Wall        time.Duration
	Fuel        uint64 // units of work, see package meter
	Memory      uint64 // bytes of linear memory; growing beyond fails in the guest, and is told in Exit.Limit
	Output      int64  // bytes to stdout and stderr together
	FileBytes   int64  // bytes written to mounts
	Files       int64  // files, folders and links made on mounts
	Descriptors int    // open at once; opening more is EMFILE in the guest, not an end
	Connections int    // sockets made in all
	Traffic     int64  // bytes sent over sockets in all
}

// Why says why an instance ended.
type Why string

// The reasons.
const (
	Exited  Why = "exited"  // returned from main or called exit
	Killed  Why = "killed"  // by Kill, or because its context ended
	Trapped Why = "trapped" // a wasm trap: unreachable, out of bounds, stack overflow
	Limited Why = "limited" // a limit was passed: Exit.Limit
	Broken  Why = "broken"  // the host's own fault: Exit.Detail
)

// Exit is how an instance ended.
type Exit struct {
	Why    Why
	Code   int    // exit code; 128+n style codes are the command's business
	Limit  string // "wall", "fuel", "memory", "output", "files", "connections", "traffic"
	Detail string // a trap's message and wasm stack, for people
	Usage  Usage
}

// Usage is what an instance has used.
type Usage struct {
	Wall        time.Duration `json:"wall_ns"`
	Fuel        uint64        `json:"fuel"`
	Memory      uint64        `json:"memory"` // peak, bytes
	Output      int64         `json:"output"`
	FileBytes   int64         `json:"file_bytes"`
	Connections int           `json:"connections"`
	Sent        int64         `json:"sent"`
	Received    int64         `json:"received"`
}

// Module is a compiled program that can be started many times at once.
type Module interface {
	// Start starts a guest and returns at once. The instance ends when ctx does.
	Start(ctx context.Context, s Spec) (*Instance, error)
}
