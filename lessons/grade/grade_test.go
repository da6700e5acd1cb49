package grade

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/lessons/check"
)

// TestMain makes the test binary a worker where a test asks for one: it
// accepts what is called good, breaks at what is called dies, and never
// answers for what is called stuck.
func TestMain(m *testing.M) {
	if os.Getenv("GRADE_TEST_WORKER") == "" {
		os.Exit(m.Run())
	}
	err := Serve(context.Background(), os.Stdin, os.Stdout, func(_ context.Context, path string, seed uint64) (*check.Report, error) {
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
		info := check.Info{ID: "c1", Name: "works", Class: check.Must, Max: 3}
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
	require.Equal(t, 3, doc.Submissions[0].Score)
	require.Equal(t, 3, doc.Submissions[4].MaxScore)
	require.Equal(t, "05", doc.Lesson)
}

func TestAStuckWorkerIsReplaced(t *testing.T) {
	doc := Run(context.Background(), subs("stuck", "good"), func() Options { o := options(2 * time.Second); o.Jobs = 1; return o }())
	require.Equal(t, check.InternalError, doc.Submissions[0].Verdict)
	require.Contains(t, doc.Submissions[0].Problem, "stuck")
	require.Equal(t, check.Accepted, doc.Submissions[1].Verdict)
}

func TestGradingEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	doc := Run(ctx, subs("stuck", "good"), options(time.Minute))
	for _, s := range doc.Submissions {
		require.Equal(t, check.InternalError, s.Verdict)
	}
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
	_, err = Discover([]string{dir + "/nowhere"}, holds)
	require.ErrorContains(t, err, "no such file")
	require.NoError(t, os.Mkdir(dir+"/void", 0o755))
	_, err = Discover([]string{dir + "/void"}, holds)
	require.ErrorContains(t, err, "no submissions")
}

func TestASpreadsheetRunsNothing(t *testing.T) {
	doc := &Document{Submissions: []Result{{Name: "=1+1", Path: "/x\n/y", Verdict: check.WrongAnswer}}}
	var b bytes.Buffer
	require.NoError(t, doc.WriteCSV(&b))
	require.Contains(t, b.String(), "\n'=1+1,")
	require.Equal(t, 2, strings.Count(b.String(), "\n"))
}
