package grade

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"

	"socklab/lessons/check"
)

// job is what a worker is asked, one line of JSON; its answer is a Result,
// one line of JSON.
type job struct {
	Submission Submission `json:"submission"`
	Seed       uint64     `json:"seed"`
}

// Unusable is a Checker's error for what cannot be checked for the student's
// own fault, such as a folder without any program of the lesson.
type Unusable struct {
	Why      string
	MaxScore int
}

func (u *Unusable) Error() string { return u.Why }

// Checker checks one submission with a seed. An error is the tool's own
// fault.
type Checker func(ctx context.Context, path string, seed uint64) (*check.Report, error)

// Serve is a worker's life: it answers jobs until in ends.
func Serve(ctx context.Context, in io.Reader, out io.Writer, c Checker) error {
	jobs := json.NewDecoder(in)
	answers := json.NewEncoder(out)
	for {
		var j job
		if err := jobs.Decode(&j); err != nil {
			if err == io.EOF {
				return nil
			}
			return fmt.Errorf("grade: worker: %w", err)
		}
		res := broken(j.Submission, "")
		r, err := c(ctx, j.Submission.Path, j.Seed)
		var unusable *Unusable
		switch {
		case errors.As(err, &unusable):
			res.Verdict, res.MaxScore, res.Problem = check.CompileError, unusable.MaxScore, unusable.Why
		case err != nil:
			res.Problem = err.Error()
		default:
			res = summarize(j.Submission, r)
		}
		if err := answers.Encode(res); err != nil {
			return fmt.Errorf("grade: worker: %w", err)
		}
	}
}

// Options say how to grade.
type Options struct {
	Lesson string
	Seed   uint64 // of all submissions alike; must not be 0
	Jobs   int    // submissions at once; at least 1
	// Worker makes the command of a worker: a process that calls Serve on its
	// standard input and output.
	Worker func() *exec.Cmd
	// Done is told each result as it is there, from many goroutines.
	Done func(Result)
	// Patience replaces how long one submission may take; 0: three minutes.
	Patience time.Duration
}

// Run grades submissions. It returns what is there when ctx ends; the rest
// are InternalError.
func Run(ctx context.Context, subs []Submission, o Options) *Document {
	if o.Patience == 0 {
		o.Patience = patience
	}
	if o.Done == nil {
		o.Done = func(Result) {}
	}
	doc := &Document{Lesson: o.Lesson, Seed: o.Seed, Submissions: make([]Result, len(subs))}
	next := make(chan int)
	var wg sync.WaitGroup
	for range max(1, min(o.Jobs, len(subs))) {
		wg.Go(func() {
			var w *worker
			defer func() { w.stop() }()
			for i := range next {
				doc.Submissions[i], w = o.one(ctx, w, subs[i])
				o.Done(doc.Submissions[i])
			}
		})
	}
	for i := range subs {
		next <- i
	}
	close(next)
	wg.Wait()
	return doc
}

// one grades one submission with a worker, a new one if there is none, and
// returns the worker if it can go on.
func (o *Options) one(ctx context.Context, w *worker, s Submission) (Result, *worker) {
	if ctx.Err() != nil {
		return broken(s, "the grading was broken off"), w
	}
	if w == nil {
		var err error
		if w, err = startWorker(o.Worker()); err != nil {
			return broken(s, "no worker could be started: "+err.Error()), nil
		}
	}
	type answer struct {
		res Result
		err error
	}
	got := make(chan answer, 1)
	go func(w *worker) {
		res, err := w.ask(job{s, o.Seed})
		got <- answer{res, err}
	}(w)
	timer := time.NewTimer(o.Patience)
	defer timer.Stop()
	why := ""
	select {
	case a := <-got:
		if a.err == nil {
			a.res.Name, a.res.Path = s.Name, s.Path
			return a.res, w
		}
		why = "the worker broke: " + a.err.Error()
	case <-timer.C:
		why = fmt.Sprintf("the worker was stuck for %v", o.Patience)
	case <-ctx.Done():
		why = "the grading was broken off"
	}
	if said := w.kill(); said != "" {
		why += ": " + said
	}
	return broken(s, why), nil
}

// worker is a process that checks submissions.
type worker struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *json.Decoder
	errs tail
}

func startWorker(cmd *exec.Cmd) (*worker, error) {
	w := &worker{cmd: cmd}
	var err error
	if w.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	w.out = json.NewDecoder(bufio.NewReader(out))
	cmd.Stderr = &w.errs
	return w, cmd.Start()
}

func (w *worker) ask(j job) (Result, error) {
	b, err := json.Marshal(j)
	if err != nil {
		return Result{}, err
	}
	if _, err := w.in.Write(append(b, '\n')); err != nil {
		return Result{}, err
	}
	var r Result
	return r, w.out.Decode(&r)
}

// stop lets the worker end by itself.
func (w *worker) stop() {
	if w == nil {
		return
	}
	w.in.Close()
	timer := time.AfterFunc(5*time.Second, func() { w.cmd.Process.Kill() })
	w.cmd.Wait()
	timer.Stop()
}

// kill ends it, and tells what it said last.
func (w *worker) kill() string {
	w.in.Close()
	w.cmd.Process.Signal(os.Kill)
	w.cmd.Wait()
	return w.errs.last()
}

// tail keeps the end of what is written to it.
type tail struct {
	mu sync.Mutex
	b  []byte
}

const tailMax = 4 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, p...)
	if len(t.b) > tailMax {
		t.b = append(t.b[:0], t.b[len(t.b)-tailMax:]...)
	}
	return len(p), nil
}

func (t *tail) last() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.b)
}
