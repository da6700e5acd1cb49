package check

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// The test's own binary is lesson 05's programs, as processes.
func TestMain(m *testing.M) {
	switch os.Getenv("SOCKLAB_TEST_PROGRAM") {
	case "upper":
		upperProcess(os.Args[1])
	case "talk":
		os.Exit(talkProcess(net.JoinHostPort(os.Args[1], os.Args[2])))
	default:
		os.Exit(m.Run())
	}
}

func upperProcess(port string) {
	l, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		panic(err)
	}
	for {
		c, err := l.Accept()
		if err != nil {
			panic(err)
		}
		buf := make([]byte, 1024)
		for {
			n, err := c.Read(buf)
			if _, werr := c.Write(upperASCII(buf[:n])); err != nil || werr != nil {
				break
			}
		}
		c.Close()
	}
}

func talkProcess(addr string) int {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return 1
	}
	defer c.Close()
	for s := bufio.NewScanner(os.Stdin); s.Scan(); {
		if s.Text() == "" {
			continue
		}
		answer := make([]byte, len(s.Text()))
		c.Write(s.Bytes())
		if _, err := io.ReadFull(c, answer); err != nil {
			return 1
		}
		fmt.Println(string(answer))
	}
	return 0
}

// The same script checks bare processes, as far as that goes.
func TestBareProcessesPassTheSameChecks(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	program := func(name string) Bare {
		return func(ctx context.Context, args []string) *exec.Cmd {
			cmd := exec.CommandContext(ctx, self, args...)
			cmd.Env = append(os.Environ(), "SOCKLAB_TEST_PROGRAM="+name)
			return cmd
		}
	}
	sub := &Submission{Programs: map[string]Program{"upper": program("upper"), "talk": program("talk")}}
	rep := lesson05(t).Run(t.Context(), sub, Options{Programs: []string{"upper", "talk"}, Bare: true})
	for _, c := range rep.Checks {
		want := Pass
		if c.ID == "s3" || c.ID == "k3" { // they need faults
			want = Undecided
		}
		require.Equal(t, want, c.Outcome, "%s: %v %v", c.ID, c.Problem, c.Diagnosis)
	}
}
