package grade

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"socklab/lessons/check"
)

// job is what a worker is asked, one line of JSON.
type job struct {
	Path []byte `json:"path"` // a name of a file need not be text
	Seed uint64 `json:"seed"`
}

// answer is what a worker says of its job, a line of JSON each time: that the
// submission is built, unless that failed, and then what it is worth.
type answer struct {
	Built  bool    `json:"built,omitempty"`
	Result *Result `json:"result,omitempty"`
}

// Unusable is a Checker's error for what cannot be checked for the student's
// own fault, such as a folder without any program of the lesson.
type Unusable struct {
	Why      string
	MaxScore int
}

func (u *Unusable) Error() string { return u.Why }

// Checker checks one submission with a seed, and calls built when what is the
// compilers' is done. An error is the tool's own fault.
type Checker func(ctx context.Context, path string, seed uint64, built func()) (*check.Report, error)

// Serve is a worker's life: it answers jobs until in ends. If that is in the
// middle of one, there is nobody left to answer: the checker gets a moment to
// leave things tidy.
func Serve(ctx context.Context, in io.Reader, out io.Writer, c Checker) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	jobs := make(chan job)
	ended := make(chan error, 1)
	go func() {
		for d := json.NewDecoder(in); ; {
			var j job
			if err := d.Decode(&j); err != nil {
				ended <- err
				return
			}
			jobs <- j
		}
	}()
	answers := json.NewEncoder(out)
	for {
		var j job
		select {
		case j = <-jobs:
		case err := <-ended:
			if err == io.EOF {
				return nil
			}
			return fmt.Errorf("grade: worker: %w", err)
		}
		type served struct {
			Result
			error
		}
		done := make(chan served, 1)
		go func() {
			res, err := serve(ctx, j, answers, c)
			done <- served{res, err}
		}()
		select {
		case d := <-done:
			if d.error == nil { // here, so that who has the answer and ends in is not in the middle of it
				d.error = answers.Encode(answer{Result: &d.Result})
			}
			if d.error != nil {
				return fmt.Errorf("grade: worker: %w", d.error)
			}
		case <-ended:
			cancel()
			select {
			case <-done:
			case <-time.After(tidyTime):
			}
			if tmp := os.Getenv("TMPDIR"); strings.HasPrefix(filepath.Base(tmp), tmpPrefix) { // nobody else will
				os.RemoveAll(tmp)
			}
			return errors.New("grade: worker: left alone")
		}
	}
}

// tidyTime is how long a worker that was left alone may go on.
const tidyTime = 2 * time.Second

// serve does a job. An error is that nobody heard that it is built.
func serve(ctx context.Context, j job, answers *json.Encoder, c Checker) (Result, error) {
	s := Submission{Path: string(j.Path)}
	res := broken(s, "")
	var gone error
	r, err := c(ctx, s.Path, j.Seed, func() { gone = answers.Encode(answer{Built: true}) })
	var unusable *Unusable
	switch {
	case gone != nil:
		return res, gone
	case errors.As(err, &unusable):
		res.Verdict, res.MaxScore, res.Problem = check.CompileError, unusable.MaxScore, unusable.Why
	case err != nil:
		res.Problem = err.Error()
	default:
		res = summarize(s, r)
	}
	return res, nil
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
	// MaxScore is what a submission could have got that cannot be built.
	MaxScore int
	// Building is how long the compilers may take for one submission, and
	// Patience how long its checks may; 0: two minutes, and three.
	Building, Patience time.Duration
	// BuildMemory is how many bytes of memory a worker may take while it
	// builds, on Linux; 0: 4 GiB.
	BuildMemory int64
}

// Run grades submissions. It returns what is there when ctx ends; the rest
// are InternalError.
func Run(ctx context.Context, subs []Submission, o Options) *Document {
	o.Building = cmp.Or(o.Building, 2*time.Minute)
	o.Patience = cmp.Or(o.Patience, 3*time.Minute)
	o.BuildMemory = cmp.Or(o.BuildMemory, 4<<30)
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
				r, kept, died := o.one(ctx, w, subs[i])
				if died { // perhaps by another's hand: the system may need memory
					r, kept, _ = o.one(ctx, nil, subs[i])
				}
				doc.Submissions[i], w = r, kept
				o.Done(r)
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
// returns the worker if it can go on, and whether it died by itself.
func (o *Options) one(ctx context.Context, w *worker, s Submission) (r Result, kept *worker, died bool) {
	if ctx.Err() != nil {
		return broken(s, "the grading was broken off"), w, false
	}
	if w == nil {
		var err error
		if w, err = startWorker(o.Worker()); err != nil {
			return broken(s, "no worker could be started: "+err.Error()), nil, false
		}
	}
	got := make(chan told, 2)
	go func(w *worker) { w.ask(job{[]byte(s.Path), o.Seed}, got) }(w)
	timer := time.NewTimer(o.Building)
	defer timer.Stop()
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	building, why, fault := true, "", true
	for why == "" {
		select {
		case a := <-got:
			switch {
			case a.err != nil:
				why, died = "the worker broke: "+a.err.Error(), true
			case a.Result != nil:
				a.Result.Name, a.Result.Path = s.Name, s.Path
				return *a.Result, w, false
			default:
				building = false
				timer.Reset(o.Patience)
			}
		case <-look.C:
			if building && resident(w.cmd.Process.Pid) > o.BuildMemory {
				why, fault = fmt.Sprintf("making it ready to run took more than %d MiB of memory", o.BuildMemory>>20), false
			}
		case <-timer.C:
			if fault = !building; fault {
				why = fmt.Sprintf("the worker was stuck for %v", o.Patience)
			} else {
				why = fmt.Sprintf("making it ready to run took longer than %v", o.Building)
			}
		case <-ctx.Done():
			why = "the grading was broken off"
		}
	}
	said := w.kill()
	if !fault { // the compilers can do what they are for in a fraction of that
		res := broken(s, why)
		res.Verdict, res.MaxScore = check.CompileError, o.MaxScore
		return res, nil, false
	}
	if said != "" {
		why += ": " + said
	}
	return broken(s, why), nil, died
}

// worker is a process that checks submissions.
type worker struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *json.Decoder
	errs words
	tmp  string // its folder for temporary files, which is removed after it
}

// tmpPrefix begins the name of a worker's folder for temporary files.
const tmpPrefix = "socklab-grade-"

func startWorker(cmd *exec.Cmd) (w *worker, err error) {
	w = &worker{cmd: cmd}
	if w.tmp, err = os.MkdirTemp("", tmpPrefix); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			os.RemoveAll(w.tmp)
		}
	}()
	cmd.Env = append(cmd.Environ(), "TMPDIR="+w.tmp)
	if w.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	w.out = json.NewDecoder(bufio.NewReader(out))
	cmd.Stderr = &w.errs
	cmd.WaitDelay = 5 * time.Second // what it has started may hold on to its stderr
	return w, cmd.Start()
}

// told is an answer, or why there is none.
type told struct {
	answer
	err error
}

// ask gives the worker a job, and passes on its answers until the last.
func (w *worker) ask(j job, got chan<- told) {
	b, err := json.Marshal(j)
	if err == nil {
		_, err = w.in.Write(append(b, '\n'))
	}
	for {
		var a told
		if a.err = err; err == nil {
			a.err = w.out.Decode(&a.answer)
		}
		got <- a
		if a.err != nil || a.Result != nil {
			return
		}
	}
}

// stop lets the worker end by itself.
func (w *worker) stop() {
	if w == nil {
		return
	}
	w.in.Close()
	timer := time.AfterFunc(5*time.Second, w.signal)
	w.cmd.Wait()
	timer.Stop()
	os.RemoveAll(w.tmp)
}

// kill ends it, and tells what it said.
func (w *worker) kill() string {
	w.signal()
	w.in.Close()
	w.cmd.Wait()
	os.RemoveAll(w.tmp)
	return w.errs.String()
}

// signal kills the worker, and what it has started if it has a process group
// of its own.
func (w *worker) signal() {
	syscall.Kill(-w.cmd.Process.Pid, syscall.SIGKILL)
	w.cmd.Process.Kill()
}

// words keeps the beginning and the end of what is written to it: a crash is
// named first, an error last.
type words struct {
	mu         sync.Mutex
	head, tail []byte
	left       bool // something between them was left out
}

const wordsMax = 2 << 10 // bytes of each

func (w *words) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := min(len(p), wordsMax-len(w.head))
	w.head = append(w.head, p[:n]...)
	w.tail = append(w.tail, p[n:]...)
	if over := len(w.tail) - wordsMax; over > 0 {
		w.tail, w.left = append(w.tail[:0], w.tail[over:]...), true
	}
	return len(p), nil
}

func (w *words) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.left {
		return string(w.head) + "\n…\n" + string(w.tail)
	}
	return string(w.head) + string(w.tail)
}
