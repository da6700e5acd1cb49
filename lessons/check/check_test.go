package check

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"socklab/host/abi"
	"socklab/host/trace"
	"socklab/runtime/build"
	"socklab/runtime/engine"
)

func parse(t *testing.T, script string) *Script {
	t.Helper()
	s, err := Parse("check.star", []byte(script))
	require.NoError(t, err)
	return s
}

// run1 runs a script of one check, c1, with one program, p.
func run1(t *testing.T, script string, p Program) Result {
	t.Helper()
	return runWith(t, script, &Submission{Language: "go", Programs: map[string]Program{"p": p}}, Options{}).Checks[0]
}

func runWith(t *testing.T, script string, sub *Submission, o Options) *Report {
	t.Helper()
	o.Lesson, o.Programs = "99", []string{"p"}
	rep := parse(t, script).Run(t.Context(), sub, o)
	for _, c := range rep.Checks {
		require.Empty(t, c.Warnings)
	}
	return rep
}

// def makes a script whose only check has these lines.
func def(lines ...string) string {
	return "def c1(t):\n    " + strings.Join(lines, "\n    ") + "\ncheck('c1', 'is right', c1)\n"
}

// serve is a server whose conversations are f's.
func serve(f func(p *proc, c int)) native {
	return func(p *proc) int {
		l := p.Socket()
		p.Bind(l, "127.0.0.1", port(p.Args[0]))
		p.Listen(l, 5)
		for {
			c := p.Accept(l)
			f(p, c)
			p.Close(c)
		}
	}
}

// dial is a client whose conversation is f.
func dial(f func(p *proc, c int) int) native {
	return func(p *proc) int {
		c := p.Socket()
		if p.Connect(c, p.Args[0], port(p.Args[1])) != abi.OK {
			return 1
		}
		return f(p, c)
	}
}

const startServer = `port = t.port(); g = t.start("p", [port]); g.listening(port)`
const startClient = `l = t.listen(); g = t.start("p", [t.host, l.port])`

func TestPeersSeeWhatTheGuestDoes(t *testing.T) {
	echo := serve(func(p *proc, c int) {
		for {
			b, errno := p.Recv(c, 64)
			if errno != abi.OK || len(b) == 0 || p.Send(c, b) != abi.OK {
				return
			}
		}
	})
	silent := serve(func(p *proc, c int) { p.Recv(c, 64) })
	for _, c := range []struct {
		name   string
		script []string
		p      native
		why    string // "" passes; else part of the diagnosis
	}{
		{"bytes in any pieces", []string{`c = t.connect(g)`, `c.drip("hello", n = 2)`, `c.expect("hello")`}, echo, ""},
		{"other bytes", []string{`c = t.connect(g)`, `c.send("hello")`, `c.expect("help!")`}, echo, `expected "help!", got "hello" (different from byte 3 on)`},
		{"fewer bytes", []string{`c = t.connect(g)`, `c.send("hello")`, `c.expect("hello you")`}, echo, "no bytes are in flight"},
		{"a hang-up instead of bytes", []string{`c = t.connect(g)`, `c.send("x")`, `c.expect("x")`}, silent, "hung up after 0 of 1 bytes"},
		{"lines", []string{`c = t.connect(g)`, `c.send("a\nb\n")`, `c.expect_line("a")`, `t.equal(c.expect_line(), "b")`}, echo, ""},
		{"another line", []string{`c = t.connect(g)`, `c.send("a\n")`, `c.expect_line("b")`}, echo, "The line is wrong"},
		{"reads", []string{`c = t.connect(g)`, `c.send("abcdef")`, `t.equal(c.read(2), "ab")`, `t.equal(c.read_some(), "cdef")`,
			`c.half_close()`, `t.equal(c.read_all(), "")`, `t.equal(c.end, "eof")`}, echo, ""},
		{"an orderly end", []string{`c = t.connect(g)`, `c.half_close()`, `c.expect_eof(within = 0.5)`}, echo, ""},
		{"bytes before the end", []string{`c = t.connect(g)`, `c.send("x")`, `c.half_close()`, `c.expect_eof()`}, echo, "There was more than the contract says"},
		{"an end that never comes", []string{`c = t.connect(g)`, `c.expect_eof()`}, echo, "You wait in recv(fd 4)"},
		{"an orderly end is no reset", []string{`c = t.connect(g)`, `c.half_close()`, `c.expect_rst()`}, echo, "not with a reset"},
		{"a reset", []string{`c = t.connect(g)`, `c.send("x" * 100)`, `c.expect_rst()`},
			serve(func(p *proc, c int) { p.Recv(c, 1) }), ""}, // closes with bytes unread
		{"a reset is no orderly end", []string{`c = t.connect(g)`, `c.send("x" * 100)`, `c.expect_eof()`}, serve(func(p *proc, c int) { p.Recv(c, 1) }), "reset"},
		{"silence", []string{`c = t.connect(g)`, `c.quiet(0.3)`}, echo, ""},
		{"no silence", []string{`c = t.connect(g)`, `c.send("x")`, `c.quiet(5)`}, echo, "Nothing should have come yet"},
		{"a hang-up is no silence", []string{`c = t.connect(g)`, `c.quiet(5)`}, serve(func(*proc, int) {}), "it should have kept the line"},
		{"a caller's port", []string{`p = t.port()`, `c = t.connect(g, port_from = p)`, `t.equal(c.port, p)`}, echo, ""},
		{"two at once", []string{`a = t.connect(g)`, `b = t.connect(g)`, `got = []`,
			`def one(): a.send("1"); a.expect("1"); a.close(); got.append(1)`,
			`def two(): b.send("2"); b.expect("2"); got.append(2)`,
			`t.together(two, one)`, `t.equal(got, [1, 2])`}, echo, ""},
		{"the first to fail of two", []string{`a = t.connect(g)`, `b = t.connect(g)`,
			`def one(): a.send("1"); a.expect("X")`,
			`def two(): b.send("2"); b.expect("2")`,
			`t.together(one, two)`}, echo, "What the program sent is wrong"},
		{"nobody there", []string{`t.connect(g, port = 19999)`}, echo, "connection refused"},
		{"conditions", []string{`t.that(1 + 1 == 3, "sums are hard")`}, echo, "Sums are hard"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := run1(t, def(append([]string{startServer}, c.script...)...), c.p)
			if c.why == "" {
				require.Equal(t, Pass, r.Outcome, "%v %v", r.Problem, r.Diagnosis)
				return
			}
			require.Equal(t, Fail, r.Outcome, r.Problem)
			require.Contains(t, r.Diagnosis.Text(), c.why)
			require.Less(t, r.Took, 3*time.Second, "it waits for a time and not for an event")
		})
	}
}

func TestClientsEndWithTheirCode(t *testing.T) {
	wait := dial(func(p *proc, c int) int { p.Recv(c, 10); return 0 })
	for _, c := range []struct {
		name   string
		script []string
		p      native
		why    string
	}{
		{"the right code", []string{`c = l.accept()`, `c.close()`, `g.exits(0)`}, wait, ""},
		{"any code", []string{`c = l.accept()`, `c.close()`, `t.equal(g.exits(None), 0)`}, wait, ""},
		{"another code", []string{`c = l.accept()`, `c.close()`, `g.exits(1)`}, wait, "exit code 0; the contract says 1"},
		{"no end", []string{`c = l.accept()`, `g.exits()`}, wait, "EXIT_HANG"},
		{"no call", []string{`l.accept()`}, native(func(*proc) int { return 0 }), "exited with code 0 while the lab was waiting for a call"},
		{"a crash", []string{`c = l.accept()`, `c.send("x")`, `g.exits()`}, dial(func(p *proc, c int) int {
			p.Recv(c, 10)
			panic(errors.New("KeyError: 'x'"))
		}), "TRAP KeyError: 'x'. Last socket call: recv(fd 3) → 1"},
		{"output", []string{`l.accept()`, `g.exits()`, `g.expect_stdout("hi\n")`}, dial(func(p *proc, c int) int { p.Print("hi"); return 0 }), ""},
		{"other output", []string{`l.accept()`, `g.exits()`, `g.expect_stdout("ho\n")`}, dial(func(p *proc, c int) int { p.Print("hi"); return 0 }), `expected "ho\n", got "hi\n"`},
		{"a line of output", []string{`l.accept()`, `g.expect_line("hi")`, `g.exits()`}, dial(func(p *proc, c int) int { p.Print("hi"); return 0 }), ""},
		{"no line of output", []string{`c = l.accept()`, `g.expect_line("hi")`}, wait, "the other side waits for you to print a line"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := run1(t, def(append([]string{startClient}, c.script...)...), c.p)
			if c.why == "" {
				require.Equal(t, Pass, r.Outcome, "%v %v", r.Problem, r.Diagnosis)
				return
			}
			require.Equal(t, Fail, r.Outcome, r.Problem)
			require.Contains(t, r.Diagnosis.Code+" "+r.Diagnosis.Text(), c.why)
		})
	}
}

func TestStandardInputCanBeWrittenStepByStep(t *testing.T) {
	echo := native(func(p *proc) int {
		for {
			line, ok := p.Line()
			if !ok {
				return 0
			}
			p.Print(line)
		}
	})
	r := run1(t, def(`g = t.start("p", stdin = None)`, `g.write("one\n")`, `g.expect_line("one")`, `g.write("two\n")`, `g.expect_line("two")`, `g.close_stdin()`, `g.exits()`), echo)
	require.Equal(t, Pass, r.Outcome, "%v %v", r.Problem, r.Diagnosis)
	r = run1(t, def(`g = t.run("p", stdin = "a\nb\n")`, `t.equal(g.lines, ["a", "b"])`), echo)
	require.Equal(t, Pass, r.Outcome, "%v %v", r.Problem, r.Diagnosis)
}

func TestAProgramThatOnlyAsksIsCaughtSoon(t *testing.T) {
	r := run1(t, def(startServer, `c = t.connect(g)`, `c.expect("x")`), serve(func(p *proc, c int) {
		s := p.Socket()
		for {
			p.Recv(s, 10) // ENOTCONN, again and again
		}
	}))
	require.Equal(t, "SPIN", r.Diagnosis.Code)
	require.Contains(t, r.Diagnosis.What, "recv → ENOTCONN")
	require.Less(t, r.Took, 3*time.Second)
}

func TestTheToolsOwnFaultsAreUndecided(t *testing.T) {
	ok := serve(func(*proc, int) {})
	for name, c := range map[string]struct {
		script string
		p      Program
		o      Options
		why    string
	}{
		"a script that breaks":      {def(`x = 1`, `x.y()`), ok, Options{}, "check.star:3:6: int has no .y field or method"},
		"a program nobody knows":    {def(`t.start("q")`), ok, Options{}, `the lesson has no program "q"`},
		"a fault nobody knows":      {def(`t.start("p", faults = ["bogus=1"])`), ok, Options{}, "no fault is called"},
		"a guest that breaks":       {def(startServer), breaks{}, Options{}, "a panic in a host call"},
		"a guest that cannot start": {def(startServer), refuses{}, Options{}, "no such interpreter"},
		"a lab that is not there":   {def(startServer), ok, Options{NewLab: noLab}, "no loopback"},
		"an endless script":         {def(`for i in range(1000000000): pass`), ok, Options{}, "too many steps"},
	} {
		t.Run(name, func(t *testing.T) {
			rep := runWith(t, c.script, &Submission{Programs: map[string]Program{"p": c.p}}, c.o)
			r := rep.Checks[0]
			require.Equal(t, Undecided, r.Outcome, "%v", r.Diagnosis)
			require.Contains(t, r.Problem, c.why)
			require.Equal(t, InternalError, rep.Verdict())
			require.False(t, rep.Passed())
			points, max := rep.Score()
			require.Equal(t, [2]int{0, 0}, [2]int{points, max}, "nothing counts")
		})
	}
}

func TestAProgramThatIsNotThereOrDoesNotCompileFails(t *testing.T) {
	broken := &build.CompileError{Diagnostics: []build.Diagnostic{{File: "p.go", Line: 3, Message: "undefined: x"}}}
	rep := runWith(t, def(startServer), &Submission{Broken: map[string]error{"p": broken}}, Options{})
	require.Equal(t, "COMPILE p.go:3: undefined: x", rep.Checks[0].Diagnosis.Code+" "+rep.Checks[0].Diagnosis.Text())
	require.Equal(t, CompileError, rep.Verdict())
	points, max := rep.Score()
	require.Equal(t, [2]int{0, 2}, [2]int{points, max}, "it gets nothing for breaking no rules either")
	rep = runWith(t, def(startServer), &Submission{}, Options{})
	require.Equal(t, "MISSING", rep.Checks[0].Diagnosis.Code)
	require.Equal(t, WrongAnswer, rep.Verdict())
}

func TestLimitsAndCrashesMakeTheirVerdicts(t *testing.T) {
	for limit, verdict := range limitVerdicts {
		rep := runWith(t, def(startServer), &Submission{Programs: map[string]Program{"p": ends{engine.Exit{Why: engine.Limited, Limit: limit}}}}, Options{})
		want := "LIMIT"
		if verdict == TimeLimitExceeded {
			want = "BUSY"
		}
		require.Equal(t, want, rep.Checks[0].Diagnosis.Code)
		require.Equal(t, verdict, rep.Verdict(), limit)
		require.Equal(t, []string{limit}, rep.Limits)
	}
	rep := runWith(t, def(startServer), &Submission{Programs: map[string]Program{"p": ends{engine.Exit{Why: engine.Trapped, Detail: "wasm error: unreachable\nwasm stack trace"}}}}, Options{})
	require.Equal(t, RunTimeError, rep.Verdict())
	require.Contains(t, rep.Checks[0].Diagnosis.What, "wasm error: unreachable. It had made no socket call.")
}

func TestLeavingTheLabIsAPolicyViolationWhateverElse(t *testing.T) {
	out := serve(func(p *proc, c int) {
		s := p.Socket()
		require.Equal(t, abi.EACCES, p.Connect(s, "8.8.8.8", 53))
		p.Close(s)
	})
	talk := def(startServer, `c = t.connect(g)`, `c.half_close()`, `c.expect_eof()`)
	sub := &Submission{Programs: map[string]Program{"p": out}}
	rep := runWith(t, talk, sub, Options{})
	require.Equal(t, "FORBIDDEN", rep.Headline().Diagnosis.Code)
	require.Equal(t, PolicyViolation, rep.Verdict())
	require.Equal(t, Accepted, runWith(t, "house(outside = True)\n"+talk, sub, Options{}).Verdict())
}

func TestWhatAProgramPrintsIsOnlyData(t *testing.T) {
	forged := `{"outcome":"pass"}` + "\nPASS\x1b[2J\nTraceback (most recent call last):\n"
	r := run1(t, def(`g = t.run("p")`, `g.expect_stdout("x")`), native(func(p *proc) int {
		fmt.Fprint(p.Stdout, forged)
		fmt.Fprint(p.Stderr, forged)
		return 0
	}))
	require.Equal(t, Fail, r.Outcome)
	require.NotContains(t, r.Diagnosis.Text(), "\x1b")
	require.False(t, r.Crashed, "it exited with 0")

	for _, sub := range []*Submission{
		{Programs: map[string]Program{"p": ends{engine.Exit{Why: engine.Trapped, Detail: "wasm error: \x1b[2J\u202e"}}}},
		{Broken: map[string]error{"p": errors.New("p.go:1: \x1b[2J\u202e")}},
	} {
		d := runWith(t, def(startServer), sub, Options{}).Checks[0].Diagnosis
		require.Contains(t, d.Text(), "·[2J·")
		require.NotContains(t, d.Text(), "\x1b")
	}
}

func TestTheSameSeedMakesTheSameCheck(t *testing.T) {
	script := def(`t.run("p", [t.port(), t.rand.int(1, 1000000), t.rand.text(20), t.rand.word(5), t.rand.pick(range(1000)), t.rand.shuffle(range(9))[0]])`) +
		"def c2(t):\n    t.rand.int(1, 2)\ncheck('c2', 'is another', c2)\n"
	sub := &Submission{Programs: map[string]Program{"p": native(func(*proc) int { return 0 })}}
	first := runWith(t, script, sub, Options{Seed: 7})
	again := runWith(t, script, sub, Options{Seed: 7, Only: []string{"c1"}})
	other := runWith(t, script, sub, Options{Seed: 8})
	require.Equal(t, first.Checks[0].Programs[0].Args, again.Checks[0].Programs[0].Args)
	require.NotEqual(t, first.Checks[0].Programs[0].Args, other.Checks[0].Programs[0].Args)
	require.Len(t, again.Checks, 1)
	require.Equal(t, "socklab check 99 --only c1 --seed 7", first.Checks[0].Replay)
	require.NotZero(t, runWith(t, script, sub, Options{}).Seed)
}

func TestMattersOfStyleDecideNothing(t *testing.T) {
	rep := runWith(t, def(`pass`)+"def s(t):\n    t.fail('ugly')\ncheck('s', 'is pretty', s, kind = STYLE)\n", &Submission{}, Options{})
	require.Equal(t, Fail, rep.Checks[1].Outcome)
	require.True(t, rep.Passed())
	require.Equal(t, Accepted, rep.Verdict())
}

func TestFilesOfTheSubmissionAndOfTheCheck(t *testing.T) {
	sub := &Submission{
		Files:    fstest.MapFS{"layers.txt": {Data: []byte("HTTP 7\n")}},
		Programs: map[string]Program{"p": native(func(p *proc) int { return len(p.Mounts) })},
	}
	rep := runWith(t, def(`t.equal(t.file("layers.txt"), "HTTP 7\n")`, `t.equal(t.file("../x"), None)`, `t.equal(t.file("none"), None)`,
		`t.equal(t.run("p", files = {"/srv/a/b.txt": "x", "/srv/c": "y", "/out/": ""}).code, 2)`), sub, Options{})
	require.Equal(t, Pass, rep.Checks[0].Outcome, "%v %v", rep.Checks[0].Problem, rep.Checks[0].Diagnosis)
	rep = runWith(t, def(`t.run("p", files = {"/../etc/x": ""})`), sub, Options{})
	require.Contains(t, rep.Checks[0].Problem, "is not /FOLDER/NAME")
}

func TestABrokenFingerprintIsAWarningNotAVerdict(t *testing.T) {
	script := `
BAD = diagnosis("BAD", what = "x", when = lambda e: e.guest.nothing)
GAP = diagnosis("GAP", what = "{n} of {m}", when = lambda e: dict(n = 1))
def c1(t): t.fail("no")
check("c1", "is right", c1, diagnoses = [BAD, GAP])
`
	rep := parse(t, script).Run(t.Context(), &Submission{}, Options{})
	r := rep.Checks[0]
	require.Equal(t, "GAP", r.Diagnosis.Code)
	require.Len(t, r.Warnings, 2)
	require.Contains(t, r.Warnings[0], "check.star:2")
	require.Contains(t, r.Warnings[1], `gives no "m"`)
}

func TestParseSaysWhereAScriptIsWrong(t *testing.T) {
	f := "def f(t): pass\n"
	for script, want := range map[string]string{
		``:                           "declares no check",
		`check(`:                     "check.star:1:7",
		f + `check("S 1", "x", f)`:   "is no id",
		f + `check("house", "x", f)`: "is no id",
		f + `check("a", "", f)`:      "must be a sentence",
		f + "check('a', 'x', f)\ncheck('a', 'y', f)": "there are two",
		f + `check("a", "x", f, kind = "odd")`:       "kind must be",
		f + `check("a", "x", f, points = -1)`:        "points must be",
		f + `check("a", "x", f, diagnoses = [1])`:    "want a diagnosis",
		`diagnosis("x", what = "y", when = len)`:     "must be CAPITALS",
		`load("nothing.star", "x")`:                  `there is no "nothing.star"`,
		`load("diagnoses.star", "NOTHING")`:          "NOTHING",
		`while True: pass`:                           "check.star:1",
		"def f(t):\n    f(t)\nf(1)":                  "recursively",
	} {
		_, err := Parse("check.star", []byte(script))
		require.ErrorContains(t, err, want, script)
	}
}

func TestReportsAreValuesThatCanBeWrittenAndRead(t *testing.T) {
	rep := run05(t, "dies", "")
	b, err := json.Marshal(rep)
	require.NoError(t, err)
	var back Report
	require.NoError(t, json.Unmarshal(b, &back))
	again, err := json.Marshal(&back)
	require.NoError(t, err)
	require.True(t, bytes.Equal(b, again))
	require.Equal(t, rep.Verdict(), back.Verdict())

	r := back.Headline()
	require.Equal(t, "s3", r.ID)
	require.Equal(t, "k3", back.Checks[8].ID)
	require.Equal(t, []string{"cap=500"}, back.Checks[8].Faults)
	require.NotEmpty(t, r.Diagnosis.Calls)
	row := r.Diagnosis.Row
	require.NotNil(t, row)
	found := false
	for _, e := range r.History.Events {
		found = found || (trace.Ref{Guest: e.Call.Guest, Seq: e.Call.Seq}) == *row
	}
	require.True(t, found, "the row is in the history")
	require.Contains(t, r.History.Peers, "caller1")
}

func TestRunEndsSoonAfterItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := parse(t, def(startServer, `cancel = t.connect(g)`, `cancel.send("x")`, `t.rest(60)`))
	p := serve(func(p *proc, c int) {
		cancel()
		for p.ctx.Err() == nil { // busy, so that nothing stands still
			p.Recv(c, 0)
		}
	})
	began := time.Now()
	rep := s.Run(ctx, &Submission{Programs: map[string]Program{"p": p}}, Options{Programs: []string{"p"}})
	require.Less(t, time.Since(began), 5*time.Second)
	require.NotEqual(t, Pass, rep.Checks[0].Outcome)
}

// The end of a check's time ends its guests, and who notices first is chance.
func TestAProgramThatComputesUntilTheTimeIsOverIsBusy(t *testing.T) {
	def := def(`t.start("p", []).exits(0, within = 60.0)`)
	var all sync.WaitGroup
	defer all.Wait()
	for range 20 {
		all.Go(func() {
			rep := runWith(t, def, &Submission{Programs: map[string]Program{"p": computes{}}}, Options{Wall: 1300 * time.Millisecond})
			if assert.NotNil(t, rep.Checks[0].Diagnosis, "%+v", rep.Checks[0]) {
				assert.Equal(t, "BUSY", rep.Checks[0].Diagnosis.Code, rep.Checks[0].Problem)
			}
			assert.Equal(t, TimeLimitExceeded, rep.Verdict())
		})
	}
}
