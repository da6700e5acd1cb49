package check

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

// once takes one call and ends.
func once(f func(p *proc, c int) int) native {
	return func(p *proc) int {
		l := p.Socket()
		p.Bind(l, "127.0.0.1", port(p.Args[0]))
		p.Listen(l, 5)
		c := p.Accept(l)
		p.Close(l)
		code := f(p, c)
		p.Close(c)
		return code
	}
}

const startOnce = `port = t.port(); g = t.start("p", [port]); g.listening(port, stays = False)`

func answer(p *proc, c int) int {
	b, _ := p.Recv(c, 64)
	p.Send(c, b)
	return 0
}

func TestAServerOfOneCallMayEnd(t *testing.T) {
	r := run1(t, def(startOnce, `c = t.connect(g)`, `c.send("hello")`, `c.expect("hello")`, `c.expect_eof()`, `g.exits(0)`, `t.refused(g)`), once(answer))
	require.Equal(t, Pass, r.Outcome, r.Diagnosis)

	r = run1(t, def(startOnce, `c = t.connect(g)`, `c.send("hello")`, `c.expect("HELLO")`), once(func(*proc, int) int { return 0 }))
	require.Equal(t, "GENERIC", r.Diagnosis.Code, "neither ONE_SHOT nor SERVER_DIED: that it ends is no mistake")
}

func TestRefusedFailsWhereSomebodyAnswers(t *testing.T) {
	r := run1(t, def(startServer, `t.refused(g)`), serve(func(*proc, int) {}))
	require.Equal(t, Fail, r.Outcome)
	require.Contains(t, r.Diagnosis.Text(), "Somebody still answers")
}

func TestArrivedTakesNothing(t *testing.T) {
	r := run1(t, def(startServer, `c = t.connect(g)`, `t.equal(c.arrived(), "")`, `c.send("hello")`, `c.expect("he")`, `t.settle()`,
		`t.equal(c.arrived(), "llo")`, `c.expect("llo")`), serve(func(p *proc, c int) { answer(p, c); p.Recv(c, 1) }))
	require.Equal(t, Pass, r.Outcome, r.Diagnosis)
}

func TestACrashIsNoExitCode(t *testing.T) {
	crash := native(func(*proc) int { panic(errors.New("ValueError: no")) })
	r := run1(t, def(`g = t.start("p")`, `g.exits(1)`), crash)
	require.Equal(t, "TRAP", r.Diagnosis.Code)
	require.True(t, r.Crashed)
	r = run1(t, def(`g = t.start("p")`, `g.exits(1)`), native(func(*proc) int { return 1 }))
	require.Equal(t, Pass, r.Outcome)
	r = run1(t, def(`g = t.start("p")`, `g.exits(None)`), crash)
	require.Equal(t, Pass, r.Outcome)
}
