// sockinfo with Go's own package syscall: one function a line, the close
// deferred, and the output kept until the end.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
)

var numbers = map[string]int{
	"AF_INET": syscall.AF_INET, "AF_INET6": syscall.AF_INET6, "AF_UNIX": syscall.AF_UNIX, "AF_CAN": 29,
	"SOCK_STREAM": syscall.SOCK_STREAM, "SOCK_DGRAM": syscall.SOCK_DGRAM, "SOCK_SEQPACKET": syscall.SOCK_SEQPACKET,
	"SOCK_RAW": syscall.SOCK_RAW, "SOCK_RDM": 4,
}

var names = map[error]string{
	syscall.EACCES: "EACCES", syscall.EPERM: "EPERM", syscall.EMFILE: "EMFILE", syscall.ENFILE: "ENFILE",
	syscall.EAFNOSUPPORT: "EAFNOSUPPORT", syscall.EPROTONOSUPPORT: "EPROTONOSUPPORT", syscall.EINVAL: "EINVAL",
}

var opened, closed int

func describe(family, typ string) string {
	fd, err := syscall.Socket(numbers[family], numbers[typ], 0)
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return "ERR " + family + " " + typ + " " + names[errno]
	}
	opened++
	defer func() {
		if err := syscall.Close(fd); err == nil {
			closed++
		}
	}()
	return fmt.Sprintf("OK %s %s fd=%d", family, typ, fd)
}

func main() {
	input, err := io.ReadAll(os.Stdin)
	if err != nil {
		os.Exit(1)
	}
	var out strings.Builder
	for line := range strings.Lines(string(input)) {
		words := strings.Fields(line)
		fmt.Fprintln(&out, describe(words[0], words[1]))
	}
	fmt.Fprintf(&out, "opened=%d closed=%d\n", opened, closed)
	os.Stdout.WriteString(out.String())
}
