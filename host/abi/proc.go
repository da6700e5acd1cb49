package abi

// SpawnFlags say what a child's standard streams are. One that no flag names
// is its parent's.
type SpawnFlags uint32

// The flags of spawn. Null is the file that is empty and takes everything.
const (
	SPAWN_PIPE_STDIN       SpawnFlags = 0x1
	SPAWN_PIPE_STDOUT      SpawnFlags = 0x2
	SPAWN_PIPE_STDERR      SpawnFlags = 0x4
	SPAWN_NULL_STDIN       SpawnFlags = 0x10
	SPAWN_NULL_STDOUT      SpawnFlags = 0x20
	SPAWN_NULL_STDERR      SpawnFlags = 0x40
	SPAWN_STDERR_TO_STDOUT SpawnFlags = 0x100
)

// WNOHANG makes waitpid only look. Linux has the same number.
const WNOHANG = 1

// Signals, as Linux numbers them: what Ctrl-C sends, that of a child's status
// that the host has ended, and what asks a program to end. signal(7).
const (
	SIGINT  = 2
	SIGKILL = 9
	SIGTERM = 15
)

// WaitStatus is how a child ended, in the form that Linux has for it.
type WaitStatus int32

// ExitedStatus is that of a child that exited with a code.
func ExitedStatus(code int) WaitStatus { return WaitStatus(code & 0xff << 8) }

// SignaledStatus is that of a child that a signal ended.
func SignaledStatus(signal int) WaitStatus { return WaitStatus(signal & 0x7f) }

// SpawnFlagNames are the flags of spawn.
var SpawnFlagNames = []Named{
	{"SPAWN_PIPE_STDIN", 0x1}, {"SPAWN_PIPE_STDOUT", 0x2}, {"SPAWN_PIPE_STDERR", 0x4},
	{"SPAWN_NULL_STDIN", 0x10}, {"SPAWN_NULL_STDOUT", 0x20}, {"SPAWN_NULL_STDERR", 0x40},
	{"SPAWN_STDERR_TO_STDOUT", 0x100},
}

// WaitFlagNames are the flags of waitpid.
var WaitFlagNames = []Named{{"WNOHANG", WNOHANG}}
