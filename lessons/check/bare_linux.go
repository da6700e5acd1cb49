package check

import (
	"fmt"
	"os"
	"strings"
)

// listens reports whether anybody listens at a port of 127.0.0.1. Source:
// proc_net_tcp in the kernel's documentation.
func listens(port int) bool {
	b, err := os.ReadFile("/proc/net/tcp")
	want := fmt.Sprintf("0100007F:%04X 00000000:0000 0A", port)
	return err == nil && strings.Contains(string(b), want)
}
