package kernel

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"
)

// TestMain requires that the tests, the whole suite among them, leave no
// descriptor and no goroutine behind. A fuzzer, which has some of its own, is
// let off.
func TestMain(m *testing.M) {
	if kind := os.Getenv("ECHO_SERVER"); kind != "" {
		echoServer(kind)
		return
	}
	if r, w, err := os.Pipe(); err == nil { // Go's own poller has descriptors, too
		r.Close()
		w.Close()
	}
	fds, routines := openDescriptors(), runtime.NumGoroutine()
	code := m.Run()
	deadline := time.Now().Add(10 * time.Second)
	fuzzing := flag.Lookup("test.fuzz").Value.String() != ""
	for code == 0 && !fuzzing && (openDescriptors() > fds || runtime.NumGoroutine() > routines) {
		if time.Now().After(deadline) {
			fmt.Printf("left behind: %d descriptors, %d goroutines\n", openDescriptors()-fds, runtime.NumGoroutine()-routines)
			code = 1
		}
		runtime.Gosched()
	}
	os.Exit(code)
}

// openDescriptors counts this process's descriptors, where that is possible.
func openDescriptors() int {
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(all)
}
