package grade

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"socklab/host/trace"
	"socklab/lessons/check"
)

// TestMain makes the test binary a worker where a test asks for one: it
// accepts what is called good, breaks at what is called dies, and never
// answers for what is called stuck.
func TestMain(m *testing.M) {
	if os.Getenv("GRADE_TEST_WORKER") == "" {
		os.Exit(m.Run())
	}
	err := Serve(context.Background(), os.Stdin, os.Stdout, func(ctx context.Context, path string, seed uint64, built func()) (*check.Report, error) {
		switch filepath.Base(path) {
		case "endless":
			select {}
		case "huge":
			for b := [][]byte{}; ; time.Sleep(10 * time.Millisecond) {
				b = append(b, bytes.Repeat([]byte("x"), 1<<20))
			}
		case "left":
			os.WriteFile(os.Getenv("TMPDIR")+"/left", nil, 0o600)
			os.Exit(7)
		case "killed":
			if f, err := os.OpenFile(os.Getenv("GRADE_TEST_ONCE"), os.O_CREATE|os.O_EXCL, 0o600); err == nil {
				f.Close()
				os.Exit(137)
			}
		case "wait":
			built()
			<-ctx.Done()
			os.WriteFile(os.Getenv("GRADE_TEST_TIDY"), nil, 0o600)
			return nil, ctx.Err()
		}
		built()
		switch filepath.Base(path) {
		case "dies":
			fmt.Fprintln(os.Stderr, "last words")
			os.Exit(7)
		case "stuck":
			select {}
		case "empty":
			return nil, &Unusable{Why: "nothing in it", MaxScore: 3}
		case "fault":
			return nil, errors.New("a fault of the tool")
		}
		info := check.Info{ID: "c1", Name: fmt.Sprintf("works on %q", path), Class: check.Must, Max: 3}
		return &check.Report{Language: "go", Seed: seed, Checks: []check.Result{{Info: info, Outcome: check.Pass, Points: 3}}}, nil
	})
	if err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

func options(patience time.Duration) Options {
	return Options{Lesson: "05", Seed: 9, Jobs: 2, Patience: patience, Worker: func() *exec.Cmd {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "GRADE_TEST_WORKER=1")
		return cmd
	}}
}

func subs(names ...string) (all []Submission) {
	for _, n := range names {
		all = append(all, Submission{Name: n, Path: "/x/" + n})
	}
	return all
}

func TestOneSubmissionsTroubleIsNoOthers(t *testing.T) {
	told := make(chan Result, 16)
	o := options(time.Minute)
	o.Done = func(r Result) { told <- r }
	doc := Run(context.Background(), subs("good", "dies", "good2", "fault", "empty", "good3"), o)
	want := map[string]check.Verdict{"good": check.Accepted, "dies": check.InternalError, "good2": check.Accepted,
		"fault": check.InternalError, "empty": check.CompileError, "good3": check.Accepted}
	for _, s := range doc.Submissions {
		require.Equal(t, want[s.Name], s.Verdict, s.Name)
	}
	require.Len(t, told, 6)
	require.Contains(t, doc.Submissions[1].Problem, "last words")
	require.Equal(t, "a fault of the tool", doc.Submissions[3].Problem)
	require.Equal(t, "nothing in it", doc.Submissions[4].Problem)
	require.Equal(t, 3, doc.Submissions[0].Score)
	require.Equal(t, 3, doc.Submissions[4].MaxScore)
	require.Equal(t, "05", doc.Lesson)
}

func TestAWorkerThatIsKilledCostsNobodyAnything(t *testing.T) {
	t.Setenv("GRADE_TEST_ONCE", filepath.Join(t.TempDir(), "once"))
	doc := Run(context.Background(), subs("good", "killed", "good2"), options(time.Minute))
	for _, s := range doc.Submissions {
		require.Equal(t, check.Accepted, s.Verdict, "%s: %s", s.Name, s.Problem)
	}
}

func TestABuildThatTakesTooMuchIsTheSubmissions(t *testing.T) {
	o := options(time.Minute)
	o.Jobs, o.Building, o.BuildMemory, o.MaxScore = 1, 2*time.Second, 1<<40, 5
	doc := Run(context.Background(), subs("endless", "good"), o)
	require.Equal(t, check.CompileError, doc.Submissions[0].Verdict)
	require.Contains(t, doc.Submissions[0].Problem, "making it ready to run took longer than 2s")
	require.Equal(t, 5, doc.Submissions[0].MaxScore)
	require.Equal(t, check.Accepted, doc.Submissions[1].Verdict)

	if runtime.GOOS != "linux" {
		t.Skip("how much memory a process has is known on Linux alone")
	}
	o.Building, o.BuildMemory = time.Minute, 256<<20
	doc = Run(context.Background(), subs("huge", "good"), o)
	require.Equal(t, check.CompileError, doc.Submissions[0].Verdict)
	require.Contains(t, doc.Submissions[0].Problem, "more than 256 MiB of memory")
	require.Equal(t, check.Accepted, doc.Submissions[1].Verdict)
}

func TestWhatWorkersLeaveIsRemoved(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	Run(context.Background(), subs("left", "good", "left"), options(time.Minute))
	o := options(time.Minute)
	o.Jobs = 1
	Run(context.Background(), subs("good"), o) // whose worker ends by itself
	o.Worker = func() *exec.Cmd { return exec.Command(filepath.Join(tmp, "nothing")) }
	doc := Run(context.Background(), subs("good"), o)
	require.Equal(t, check.InternalError, doc.Submissions[0].Verdict)
	require.Contains(t, doc.Submissions[0].Problem, "no worker could be started")
	left, err := os.ReadDir(tmp)
	require.NoError(t, err)
	require.Empty(t, left)
}

// failing is somebody who does not listen.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestAWorkerAnswersJobsUntilThereAreNone(t *testing.T) {
	checks := func(_ context.Context, _ string, _ uint64, built func()) (*check.Report, error) {
		built()
		return &check.Report{}, nil
	}
	ask := func(in string, out io.Writer) error {
		return Serve(context.Background(), strings.NewReader(in), out, checks)
	}
	var out bytes.Buffer
	require.NoError(t, ask("", &out))
	require.Empty(t, out.String())
	require.ErrorContains(t, ask("no job", &out), "worker")
	in, jobs := io.Pipe()
	go io.WriteString(jobs, `{"path":"eA=="}`) // and whoever asked is still there
	require.ErrorIs(t, Serve(context.Background(), in, failing{}, checks), io.ErrClosedPipe)
	in.Close()
}

func TestAReportIsSummedUp(t *testing.T) {
	sure := check.Result{Info: check.Info{ID: "c1", Name: "one", Max: 3}, Outcome: check.Fail, Points: 1, Diagnosis: &check.Diagnosis{Code: "CODE"}}
	unsure := check.Result{Info: check.Info{ID: "c2", Max: 2}, Outcome: check.Undecided, Problem: "because"}
	later := check.Result{Info: check.Info{ID: "c3", Max: 2}, Outcome: check.Undecided, Problem: "as well"}
	res := summarize(Submission{Name: "ann"}, &check.Report{Checks: []check.Result{sure, unsure, later}})
	require.Equal(t, 1, res.Score)
	require.Equal(t, 7, res.MaxScore)
	require.Equal(t, "c2: because", res.Problem, "the first")
	require.Equal(t, "CODE", res.Checks[0].Diagnosis.Code)
	require.Nil(t, res.Checks[1].Diagnosis)
}

func TestAWorkerLeftAloneEnds(t *testing.T) {
	tidy := filepath.Join(t.TempDir(), "tidy")
	cmd := options(0).Worker()
	cmd.Env = append(cmd.Env, "GRADE_TEST_TIDY="+tidy)
	w, err := startWorker(cmd)
	require.NoError(t, err)
	got := make(chan told, 2)
	go w.ask(job{Path: []byte("/x/wait"), Seed: 1}, got)
	require.True(t, (<-got).Built)
	w.in.Close() // as when whoever asked is killed
	w.cmd.Wait()
	require.FileExists(t, tidy)
	require.NoDirExists(t, w.tmp, "there is nobody else who would remove it")
}

func TestTheFirstAndTheLastWordsOfAWorkerAreKept(t *testing.T) {
	var w words
	fmt.Fprint(&w, "fatal error: stack overflow\n")
	require.Equal(t, "fatal error: stack overflow\n", w.String())
	for i := range 10_000 {
		n, err := fmt.Fprintf(&w, "goroutine %d\n", i)
		require.NoError(t, err)
		require.Equal(t, len(fmt.Sprintf("goroutine %d\n", i)), n)
	}
	require.Less(t, len(w.String()), 2*wordsMax+10)
	require.True(t, strings.HasPrefix(w.String(), "fatal error: stack overflow\ngoroutine 0\n"))
	require.True(t, strings.HasSuffix(w.String(), "\ngoroutine 9999\n"))
	require.Contains(t, w.String(), "\n…\n")
}

func TestAFolderOfAnyNameIsGraded(t *testing.T) {
	doc := Run(context.Background(), []Submission{{Name: "g\xff", Path: "/x/g\xff/good"}}, options(time.Minute))
	require.Equal(t, "/x/g\xff/good", doc.Submissions[0].Path)
	require.Contains(t, doc.Submissions[0].Checks[0].Name, `"/x/g\xff/good"`, "the worker was asked for another folder")
}

func TestAStuckWorkerIsReplaced(t *testing.T) {
	o := options(2 * time.Second)
	o.Jobs = 1
	var started []*exec.Cmd
	worker := o.Worker
	o.Worker = func() *exec.Cmd {
		started = append(started, worker())
		return started[len(started)-1]
	}
	doc := Run(context.Background(), subs("stuck", "good"), o)
	require.Equal(t, check.InternalError, doc.Submissions[0].Verdict)
	require.Contains(t, doc.Submissions[0].Problem, "stuck")
	require.Equal(t, check.Accepted, doc.Submissions[1].Verdict)
	require.Len(t, started, 2)
	require.Equal(t, "signal: killed", started[0].ProcessState.String())
	require.True(t, started[1].ProcessState.Success(), "one that is done ends by itself")
}

func TestGradingEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	doc := Run(ctx, subs("stuck", "good"), options(time.Minute))
	for _, s := range doc.Submissions {
		require.Equal(t, check.InternalError, s.Verdict)
		require.Contains(t, s.Problem, "broken off")
	}
	o := options(time.Minute)
	o.Worker = func() *exec.Cmd { t.Error("a worker was started"); return exec.Command(os.Args[0]) }
	Run(ctx, subs("good"), o)
}

func TestSubmissionsAreFoundAndToldApart(t *testing.T) {
	dir := t.TempDir()
	for _, f := range []string{"a/ann/upper.go", "a/bob/upper.py", "a/.git/x", "a/notes.txt", "b/ann/upper.go", "one.py"} {
		p := filepath.Join(dir, f)
		require.NoError(t, os.MkdirAll(filepath.Dir(p), 0o755))
		require.NoError(t, os.WriteFile(p, nil, 0o644))
	}
	holds := func(d string) bool {
		return strings.HasSuffix(filepath.Dir(d), "a") || strings.HasSuffix(filepath.Dir(d), "b")
	}
	all, err := Discover([]string{dir + "/a", dir + "/b/ann", dir + "/one.py"}, holds)
	require.NoError(t, err)
	var names []string
	for _, s := range all {
		names = append(names, s.Name)
	}
	require.Equal(t, []string{"a/ann", "bob", "b/ann", "one"}, names)
	all, err = Discover([]string{dir + "/b/ann", dir + "/b/ann", dir + "/one.py"}, holds)
	require.NoError(t, err)
	require.Equal(t, []string{"b/ann-1", "b/ann-2", "one"}, []string{all[0].Name, all[1].Name, all[2].Name})
	t.Chdir(dir)
	all, err = Discover([]string{"b/ann"}, holds)
	require.NoError(t, err)
	require.True(t, filepath.IsAbs(all[0].Path), all[0].Path)
	_, err = Discover([]string{dir + "/nowhere"}, holds)
	require.ErrorContains(t, err, "no such file")
	require.NoError(t, os.Mkdir(dir+"/void", 0o755))
	_, err = Discover([]string{dir + "/void"}, holds)
	require.ErrorContains(t, err, "no submissions")
}

func TestALinkIsMissedByNobody(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(dir+"/class/ann.go", 0o755))
	for name, to := range map[string]string{"bob": "ann.go", "cid": "cid", "dan.py": "/dev/zero", "notes.txt": "/etc/hostname"} {
		require.NoError(t, os.Symlink(to, dir+"/class/"+name))
	}
	require.NoError(t, os.Symlink("class", dir+"/link"))
	all, err := Discover([]string{dir + "/link"}, func(string) bool { return false })
	require.NoError(t, err)
	var names []string
	for _, s := range all {
		names = append(names, s.Name)
	}
	require.Equal(t, []string{"ann.go", "bob", "cid", "dan"}, names)
	real, err := filepath.EvalSymlinks(dir + "/class/bob")
	require.NoError(t, err)
	all, err = Discover([]string{dir + "/class/bob"}, func(string) bool { return true })
	require.NoError(t, err)
	require.Equal(t, []Submission{{"bob", real}}, all, "by the name that the teacher gives it")
}

func TestADocumentIsATable(t *testing.T) {
	doc := &Document{Lesson: "05", Seed: 9, Submissions: []Result{
		{Name: "ann", Path: "/a", Language: "go", Verdict: check.Accepted, Score: 3, MaxScore: 3, Checks: []Check{{ID: "c1", Outcome: check.Pass, Points: 3}}},
		{Name: "bob", Path: "/b", Language: "c", Verdict: check.WrongAnswer, Score: 1, MaxScore: 3, Checks: []Check{
			{ID: "c1", Outcome: check.Fail, Points: 1, Diagnosis: &Diagnosis{Code: "CODE"}},
			{ID: "c2", Outcome: check.Undecided, Points: 0, Diagnosis: &Diagnosis{Code: "LATER"}},
		}},
		{Name: "cid", Path: "/c", Verdict: check.CompileError, Problem: "no program"},
	}}
	var b bytes.Buffer
	require.NoError(t, doc.WriteCSV(&b))
	require.Equal(t, `name,language,verdict,score,max_score,c1,c1_diagnosis,c2,c2_diagnosis,problem,path
ann,go,Accepted,3,3,3,,,,,/a
bob,c,WrongAnswer,1,3,1,CODE,,LATER,,/b
cid,,CompileError,0,0,,,,,no program,/c
`, b.String())
	b.Reset()
	require.NoError(t, doc.WriteText(&b))
	require.Equal(t, `SUBMISSION  LANGUAGE  VERDICT       SCORE  WHY
ann         go        Accepted      3/3    
bob         c         WrongAnswer   1/3    c1 CODE
cid                   CompileError  0/0    no program

lesson 05, seed 9
`, b.String())
	require.Error(t, doc.WriteText(failing{}))
	require.Error(t, doc.WriteCSV(failing{}))
	require.Error(t, doc.WriteJSON(failing{}))
}

func TestASpreadsheetRunsNothing(t *testing.T) {
	for name, want := range map[string]string{"=1+1": "'=1+1", "\t@x": "' @x", "＝1": "'＝1", "-rf": "'-rf", "ann": "ann"} {
		doc := &Document{Submissions: []Result{{Name: name, Path: "/x\n/y", Verdict: check.WrongAnswer}}}
		var b bytes.Buffer
		require.NoError(t, doc.WriteCSV(&b))
		require.Contains(t, b.String(), "\n"+want+",")
		require.Equal(t, 2, strings.Count(b.String(), "\n"))
	}
}

func TestATerminalIsCommandedByNoReport(t *testing.T) {
	name := "a\x1b[31m\u009b1m\x7f\u202egnp\u2028\n\xff"
	doc := &Document{Submissions: []Result{{Name: name, Path: "/" + name, Problem: name, Verdict: check.WrongAnswer}}}
	for _, write := range []func(*Document, io.Writer) error{(*Document).WriteCSV, (*Document).WriteText, (*Document).WriteJSON} {
		var b bytes.Buffer
		require.NoError(t, write(doc, &b))
		for _, r := range b.String() {
			require.False(t, r != '\n' && trace.Commands(r), "%q in %q", r, b.String())
		}
		require.True(t, utf8.Valid(b.Bytes()))
	}
	var b bytes.Buffer
	require.NoError(t, doc.WriteJSON(&b))
	var back Document
	require.NoError(t, json.Unmarshal(b.Bytes(), &back))
	require.Equal(t, strings.ToValidUTF8(name, "\ufffd"), back.Submissions[0].Name)
}
