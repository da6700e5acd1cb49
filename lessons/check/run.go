package check

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"time"

	"go.starlark.net/starlark"

	"socklab/host/sock/kernel"
	"socklab/host/sock/lab"
	"socklab/host/trace"
	"socklab/runtime/engine"
)

// Options say how to run a script. The zero value of each is sensible.
type Options struct {
	Lesson   string   // named in the report and in replay commands
	Programs []string // the programs that the lesson has
	Seed     uint64   // 0: by chance; the report tells it
	Only     []string // ids of checks; empty: all of them
	Limits   engine.Limits
	Parallel int     // checks at once; 0: two a processor, since most of a check is waiting
	Patience float64 // how much longer to wait than on a quiet machine; 0: 1
	// Wall bounds one check; 0: 10 seconds, times Patience.
	Wall time.Duration
	// NewLab makes the lab of one check. nil: on the machine's own sockets.
	NewLab func(lab.Options) (*lab.Lab, error)
	// Bare says that the programs are of type Bare: processes on the machine's
	// own loopback, without a trace. A check that needs one, or faults, is
	// undecided, and the rules of every lesson are not looked at.
	Bare bool
	// Done is told each result as it is there, from many goroutines. The
	// rules of every lesson are not told.
	Done func(Result)
}

// run is one run of a script on one submission.
type run struct {
	script *Script
	sub    *Submission
	o      Options
	mute   sync.Map // programs that did not listen in time once
}

// Run runs the checks on a submission: at once, as far as there are
// processors, each with fresh guests in a lab of its own. It returns when all
// have ended, or soon after ctx has; checks that it broke off are undecided.
func (s *Script) Run(ctx context.Context, sub *Submission, o Options) *Report {
	if o.Seed == 0 {
		o.Seed = rand.Uint64N(1<<32-1) + 1
	}
	if o.Parallel <= 0 {
		o.Parallel = 2 * runtime.GOMAXPROCS(0)
	}
	if o.Patience <= 0 {
		o.Patience = 1
	}
	if o.Wall <= 0 {
		o.Wall = time.Duration(float64(10*time.Second) * o.Patience)
	}
	if o.NewLab == nil {
		o.NewLab = func(o lab.Options) (*lab.Lab, error) { return lab.New(kernel.New(), o) }
	}
	r := &run{script: s, sub: sub, o: o}
	began := time.Now()
	var checks []*checkDef
	for _, c := range s.checks {
		if len(o.Only) == 0 || slices.Contains(o.Only, c.ID) {
			checks = append(checks, c)
		}
	}
	results := make([]Result, len(checks))
	ruled := make([]*Result, len(checks))
	slots := make(chan struct{}, o.Parallel)
	var wg sync.WaitGroup
	for i, c := range checks {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			results[i], ruled[i] = r.one(ctx, c)
			if o.Done != nil {
				o.Done(results[i])
			}
		})
	}
	wg.Wait()

	rep := &Report{Lesson: o.Lesson, Seed: o.Seed, Language: sub.Language, Checks: results, Warnings: sub.Warnings}
	if len(o.Only) == 0 || slices.Contains(o.Only, "house") {
		rep.Checks = append(rep.Checks, r.house(results, ruled))
	}
	for _, c := range results {
		for _, p := range c.Programs {
			rep.Usage.add(p.Usage)
		}
		for _, l := range c.Limits {
			if !slices.Contains(rep.Limits, l) {
				rep.Limits = append(rep.Limits, l)
			}
		}
	}
	rep.Took = time.Since(began)
	return rep
}

// house is the result of the rules of every lesson: the first that any check
// saw broken. Where no check has passed they were not looked at, and a program
// that does nothing gets no points for breaking none.
func (r *run) house(results []Result, ruled []*Result) Result {
	res := Result{Info: r.script.houseInfo(), Outcome: Pass, Replay: r.replay("")}
	has := func(o Outcome) bool {
		return slices.ContainsFunc(results, func(c Result) bool { return c.Outcome == o })
	}
	switch {
	case has(Pass), len(results) == 0:
		res.Points = res.Max
	case has(Fail):
		res.Outcome = Fail
		res.Diagnosis = &Diagnosis{Code: CodeUnseen, What: "The rules of every lesson are looked at where a check has passed, and none has."}
	default:
		res.Outcome, res.Problem = Undecided, "no check was decided"
	}
	for _, one := range ruled {
		if one != nil && one.Diagnosis != nil {
			one.Info, one.Points, one.Outcome = res.Info, 0, Fail
			return *one
		}
	}
	return res
}

func (r *run) replay(id string) string {
	s := "socklab check " + r.o.Lesson
	if id != "" {
		s += " --only " + id
	}
	return fmt.Sprintf("%s --seed %d", s, r.o.Seed)
}

// one runs one check. broken is a house rule that was broken, if one was.
func (r *run) one(ctx context.Context, c *checkDef) (res Result, broken *Result) {
	began := time.Now()
	res = Result{Info: c.Info, Replay: r.replay(c.ID)}
	ctx, cancel := context.WithTimeout(ctx, r.o.Wall)
	defer cancel()
	t := newTrial(ctx, r, c)
	err := t.play()
	var f *failure
	if errors.As(err, &f) {
		t.calm(f)
	} else if err == nil {
		f = t.farewell()
	}
	t.freeze()
	var own *ownFault
	switch {
	case f != nil:
		t.explain(f, &res)
	case err == nil:
		res.Outcome, res.Points = Pass, c.Max
		if d, warn := t.diagnoseHouse(); d != nil || warn != nil {
			broken = &Result{Diagnosis: d, Warnings: warn, Replay: res.Replay}
		}
	case errors.As(err, &own):
		res.Outcome, res.Problem = Undecided, own.Error()
	case ctx.Err() != nil:
		res.Outcome, res.Problem = Undecided, "the check was broken off"
	default:
		res.Outcome, res.Problem = Undecided, scriptError(err)
	}
	t.close()
	for _, g := range t.guests {
		sum := g.summary()
		res.Programs = append(res.Programs, sum)
		if sum.Limit != "" && !slices.Contains(res.Limits, sum.Limit) {
			res.Limits = append(res.Limits, sum.Limit)
		}
		if sum.Why == engine.Broken {
			res.Outcome, res.Points, res.Diagnosis, res.Problem = Undecided, 0, nil, g.name+": "+sum.Detail
		}
	}
	if f != nil && f.limit != "" && len(res.Limits) == 0 {
		res.Limits = []string{f.limit}
	}
	res.Faults = t.faults
	res.History = t.log()
	res.Took = time.Since(began)
	if broken != nil {
		broken.Faults, broken.Programs, broken.History, broken.Took = res.Faults, res.Programs, res.History, res.Took
	}
	return res, broken
}

// thread makes a Starlark thread for one function of the script.
func (t *trial) thread(name string) *starlark.Thread {
	th := newThread(name)
	context.AfterFunc(t.ctx, func() { th.Cancel("the check was broken off") })
	return th
}

func newThread(name string) *starlark.Thread {
	th := &starlark.Thread{Name: name, Print: func(*starlark.Thread, string) {}}
	th.SetMaxExecutionSteps(maxSteps)
	return th
}

// play runs the script's function.
func (t *trial) play() (err error) {
	t.turn.Lock()
	defer t.turn.Unlock()
	_, err = starlark.Call(t.thread(t.def.ID), t.def.run, starlark.Tuple{value{t}}, nil)
	return err
}

// calm lets guests come to rest, so that a diagnosis sees what they did last.
func (t *trial) calm(f *failure) {
	if t.run.o.Bare {
		return
	}
	deadline := time.Now().Add(t.scaled(300 * time.Millisecond))
	for f.why != whySpin && time.Now().Before(deadline) && !t.settled() && t.ctx.Err() == nil {
		t.nap(2*time.Millisecond, nil)
	}
	for _, p := range t.peerList() {
		p.drain()
	}
}

// farewell looks at the guests when the script has passed: a server must
// still be there, and gets the time to notice that its callers have left.
func (t *trial) farewell() *failure {
	t.calm(&failure{})
	for _, g := range t.guestList() {
		if !g.stays || g.waited {
			continue
		}
		if g.ended() {
			return t.endedFailure(wait{what: "looking whether it still runs, at the end", guest: g}, 0)
		}
		if !t.run.o.Bare && g.listener(g.port) == nil {
			return &failure{why: whyNoListen, guest: g, text: fmt.Sprintf("At the end the server no longer listens at port %d.", g.port)}
		}
	}
	t.closePeers()
	t.calm(&failure{})
	return nil
}

// freeze keeps the evidence as it is now and ends the guests: nothing that
// they do from here on counts.
func (t *trial) freeze() {
	calls := t.hist.Calls()
	for _, g := range t.guestList() {
		g.freeze(calls)
		g.kill()
	}
	t.evidence = calls
}

// explain makes a result of a failure.
func (t *trial) explain(f *failure, res *Result) {
	res.Outcome = Fail
	if f.guest == nil {
		f.guest = t.guestOf(nil)
	}
	var d *Diagnosis
	if f.code == "" {
		list := slices.Concat(t.run.script.std.first, t.def.diagnoses, t.run.script.common, t.run.script.std.generic)
		d, res.Warnings = t.diagnose(f, list)
	}
	if d == nil {
		d = t.generic(f)
	}
	t.illustrate(d, f)
	for _, text := range []*string{&d.What, &d.Rule, &d.Look} { // the program's words may be in it
		*text = trace.Harmless(*text)
	}
	res.Diagnosis = d
	res.Crashed = f.guest != nil && f.guest.crashed()
}

// diagnoseHouse looks for a broken rule of every lesson.
func (t *trial) diagnoseHouse() (*Diagnosis, []string) {
	var warnings []string
	for _, g := range t.guestList() {
		f := &failure{why: whyRule, guest: g}
		d, warn := t.diagnose(f, t.run.script.std.house)
		warnings = append(warnings, warn...)
		if d != nil {
			t.illustrate(d, f)
			return d, warnings
		}
	}
	return nil, warnings
}

// log is the trial's history, for the report.
func (t *trial) log() Log {
	l := Log{Start: t.began, Dropped: t.hist.Dropped()}
	for _, e := range t.hist.Calls() {
		l.Events = append(l.Events, trace.Event{Kind: e.Kind, Call: e.Call})
	}
	for name := range t.seq {
		l.Peers = append(l.Peers, name)
	}
	slices.Sort(l.Peers)
	return l
}
