package python_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/runtime/engine"
	"socklab/runtime/guesttest"
)

// The same programs print the same, natively and in the sandbox.
func TestProgramsPrintWhatTheyPrintNatively(t *testing.T) {
	python := native(t)
	scripts, err := filepath.Glob("testdata/same/*.py")
	require.NoError(t, err)
	require.NotEmpty(t, scripts)
	for _, path := range scripts {
		name := filepath.Base(path)
		t.Run(name, func(t *testing.T) {
			tools(t)
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			if bytes.Contains(text, []byte(".invalid'")) {
				guesttest.NameServer(t)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, python, "-E", name) // whatever PYTHON* variables are set
			cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")    // it tells the encoding's name as the locale has it
			cmd.Dir = guesttest.Write(t, map[string]string{name: string(text)})
			var said bytes.Buffer
			cmd.Stderr = &said
			want, err := cmd.Output()
			if _, ok := err.(*exec.ExitError); err != nil && !ok {
				t.Fatal(err)
			}
			require.NoError(t, ctx.Err(), "natively: %s%s", want, &said)
			g := program{dir: guesttest.Write(t, map[string]string{name: string(text)}), name: name}.start(t)
			x := g.Finish(t)
			require.Equal(t, engine.Exited, x.Why, "%s\n%s", x.Detail, g.Err)
			require.Equal(t, string(want), g.Out.String(), "natively on stderr: %s\nhere: %s", &said, g.Err)
			require.Equal(t, cmd.ProcessState.ExitCode(), x.Code, "%s", g.Err)
		})
	}
}

// Every name that the standard library documents for these families is there.
func TestTheModulesHaveTheNamesOfLinux(t *testing.T) {
	python := native(t)
	const list = `
import select, socket
def public(o): return {n for n in dir(o) if not n.startswith('_')}
for o in socket, socket.socket, select, select.poll(), select.epoll():
    print(*sorted(public(o)))
`
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	want, err := exec.CommandContext(ctx, python, "-c", list).Output()
	require.NoError(t, err, "%s", want)
	have := run(t, list)
	other := `^(ALG_|CAN_|J1939|BT|BDADDR|HCI|IOCTL_|NETLINK_|PACKET_|TIPC_|VM|VSOCK|HV_|HVSOCK|SCM_J1939|SO_J1939|SO_VM|SOL_ALG|SOL_CAN|SOL_RDS|SOL_TIPC|SOL_HCI|` +
		`AF_(ASH|ATM|DECnet|ECONET|NETBEUI|NETROM|PPPOX|ROSE|SECURITY|WANPIPE|BLUETOOTH)|` + // other families
		`CAPI$|sendmsg_afalg$|EpollType$|EBADF$|EAGAIN$|EWOULDBLOCK$|os$|io$|sys$|errno$|selectors$|array$|dpkt$)`
	check := fmt.Sprintf(`
import re, sys
other = re.compile(%q)
want, have = (p.splitlines() for p in sys.stdin.read().split('\0'))
for w, h in zip(want, have, strict=True):
    missing = [n for n in w.split() if n not in h.split() and not other.match(n)]
    if missing: print(missing)
`, other)
	cmd := exec.CommandContext(ctx, python, "-c", check)
	cmd.Stdin = bytes.NewReader([]byte(string(want) + "\x00" + have))
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Empty(t, string(out), "missing")
}
