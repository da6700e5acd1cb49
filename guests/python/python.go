// Package python is what Python guests are made with: the sandbox's side of
// CPython for WASI, as Python files, and what has to be done to the
// interpreter so that programs start from an image of it.
//
// The interpreter imports nothing but WASI, so its sockets are a _socket
// module of ours under the standard library's own socket.py, which makes the
// host's calls through a device file (package wasi, DeviceDir). Its start
// takes longer than most programs run, so it happens once: an image is made
// of the interpreter with the standard library loaded, and each program goes
// on from there.
package python

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"strings"

	shell "socklab/guests/shell/command"
)

//go:embed all:lib
var lib embed.FS

// bootstrap is the file that begins an image.
const bootstrap = "lib/bootstrap.py"

// Begin is how an interpreter is begun that is to become an image: its
// arguments and its standard input. It asks to be frozen when it is ready.
func Begin() (args []string, stdin []byte, err error) {
	text, err := lib.ReadFile(bootstrap)
	if err != nil {
		return nil, nil, err
	}
	var b bytes.Buffer
	err = fs.WalkDir(lib, "lib", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path == bootstrap || !strings.HasSuffix(path, ".py") {
			return err
		}
		file, err := lib.ReadFile(path)
		fmt.Fprintf(&b, "%s %d\n%s", strings.TrimPrefix(path, "lib/"), len(file), file)
		return err
	})
	names := fmt.Sprintf("NAMES = frozenset(%q.split())\n", strings.Join(shell.Names(), " "))
	fmt.Fprintf(&b, "_socklab/commands.py %d\n%s", len(names), names)
	return []string{"python", "-c", string(text)}, b.Bytes(), err
}

// command is what a program's start runs in the image's interpreter.
const command = "import _socklab.boot; _socklab.boot.main()\x00"

// Prepare puts into an image's memory the command that RunString is to run.
func Prepare(memory []byte) { copy(memory[commandAt:], command) }

// RunStringArgs are RunString's arguments in an image that was prepared.
func RunStringArgs() []uint64 { return []uint64{commandAt, 0} }
