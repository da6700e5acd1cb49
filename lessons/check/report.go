package check

import (
	"time"

	"socklab/host/trace"
	"socklab/runtime/engine"
)

// Outcome is how a check ended.
type Outcome string

// The outcomes. Undecided is the tool's own fault and costs the student
// nothing.
const (
	Pass      Outcome = "pass"
	Fail      Outcome = "fail"
	Undecided Outcome = "undecided"
)

// Class says what a check's failure means.
type Class string

// The classes.
const (
	Must     Class = "must"      // what a peer can observe; decides
	WhiteBox Class = "white-box" // how it was done, where that is the lesson; decides
	Style    Class = "style"     // told, never decides
)

// Info is what is known of a check before it runs.
type Info struct {
	ID    string `json:"id"`   // short, such as "s3"
	Name  string `json:"name"` // a sentence
	Class Class  `json:"class"`
	Max   int    `json:"max_points"`
}

// Report is what all checks of a lesson said about one submission. It is a
// value that can be written as JSON and read back.
type Report struct {
	Lesson   string        `json:"lesson"`
	Seed     uint64        `json:"seed"` // runs the same checks again
	Language string        `json:"language"`
	Checks   []Result      `json:"checks"` // in the order of the script
	Usage    Usage         `json:"usage"`
	Limits   []string      `json:"limits_hit"` // limits that ended a guest, as package engine names them
	Took     time.Duration `json:"took"`
	// Warnings is, by program, what its compiler said of it all the same. It
	// decides nothing.
	Warnings map[string]string `json:"warnings,omitempty"`
}

// Result is what one check said.
type Result struct {
	Info
	Outcome   Outcome       `json:"outcome"`
	Points    int           `json:"points"`
	Diagnosis *Diagnosis    `json:"diagnosis,omitempty"` // of a failure
	Problem   string        `json:"problem,omitempty"`   // why it is undecided, for the tool's or the lesson's author
	Warnings  []string      `json:"warnings,omitempty"`  // the lesson author's mistakes that decided nothing
	Faults    []string      `json:"faults,omitempty"`    // the fault rules that were set
	Programs  []Ended       `json:"programs,omitempty"`
	Limits    []string      `json:"limits_hit,omitempty"`
	Crashed   bool          `json:"crashed,omitempty"` // the program the failure is about ended by a panic, a traceback or a trap
	Took      time.Duration `json:"took"`
	Replay    string        `json:"replay"` // the command that runs this check alone, the same way
	// History is every call of the programs and every step of the peers.
	History Log `json:"history,omitempty"`
}

// Ended is a program that a check ran, and what became of it.
type Ended struct {
	Name   string       `json:"name"`   // of the guest
	Args   []string     `json:"args"`   // without the program's name
	Why    engine.Why   `json:"why"`    // Killed: it still ran when the check was over
	Code   int          `json:"code"`   // if it exited
	Limit  string       `json:"limit"`  // if it was limited
	Detail string       `json:"detail"` // if it trapped
	Stdout string       `json:"stdout"` // the first of it
	Stderr string       `json:"stderr"` // the last of it
	Usage  engine.Usage `json:"usage"`
}

// Usage is what all guests of a report used: sums, and peaks of memory.
type Usage struct {
	Guests      int           `json:"guests"`
	Wall        time.Duration `json:"wall"`
	Fuel        uint64        `json:"fuel"`
	Memory      uint64        `json:"memory"`
	Output      int64         `json:"output"`
	Connections int           `json:"connections"`
	Sent        int64         `json:"sent"`
	Received    int64         `json:"received"`
}

func (u *Usage) add(e engine.Usage) {
	u.Guests++
	u.Wall += e.Wall
	u.Fuel += e.Fuel
	u.Memory = max(u.Memory, e.Memory)
	u.Output += e.Output
	u.Connections += e.Connections
	u.Sent += e.Sent
	u.Received += e.Received
}

// Diagnosis says why a check failed.
type Diagnosis struct {
	Code string `json:"code"` // such as EOF_SPIN
	// What happened, with its numbers; the rule that was broken; where to look.
	What string `json:"what"`
	Rule string `json:"rule,omitempty"`
	Look string `json:"look,omitempty"`
	// Generic marks a diagnosis that only tells what the check expected:
	// nobody has written down this mistake yet.
	Generic bool              `json:"generic,omitempty"`
	Values  map[string]string `json:"values,omitempty"` // the numbers in What, Rule and Look, for other languages
	Row     *trace.Ref        `json:"row,omitempty"`    // the call of the History to look at
	Calls   []string          `json:"calls,omitempty"`  // that call and those around it, as text
	Compare *Compare          `json:"compare,omitempty"`
}

// Text is the whole diagnosis in one paragraph.
func (d *Diagnosis) Text() string {
	s := d.What
	for _, more := range []string{d.Rule, d.Look} {
		if more != "" {
			s += " " + more
		}
	}
	return s
}

// Compare is what was expected beside what came, both cut to the place where
// they part.
type Compare struct {
	Want  []byte `json:"want"`
	Got   []byte `json:"got"`
	Start int    `json:"start"` // the offset of the first byte of both
	At    int    `json:"at"`    // the offset of the first difference
}

// Log is a History's calls; as JSON, package trace's events.
type Log struct {
	Start   time.Time     `json:"start"`
	Dropped int           `json:"dropped,omitempty"` // calls that were not kept
	Peers   []string      `json:"peers,omitempty"`   // the guests' names that are not guests but native peers
	Events  []trace.Event `json:"events"`
}

// Passed reports whether everything that decides has passed.
func (r *Report) Passed() bool {
	for _, c := range r.Checks {
		if c.Outcome != Pass && c.Class != Style {
			return false
		}
	}
	return true
}

// Headline is the first check that failed, or else the first that is
// undecided; nil if all that decides has passed.
func (r *Report) Headline() *Result {
	for _, o := range []Outcome{Fail, Undecided} {
		for i := range r.Checks {
			if c := &r.Checks[i]; c.Outcome == o && c.Class != Style {
				return c
			}
		}
	}
	return nil
}

// Score is the sum of the points and of what they could be. What is
// undecided counts as neither.
func (r *Report) Score() (points, max int) {
	for _, c := range r.Checks {
		if c.Outcome != Undecided {
			points, max = points+c.Points, max+c.Max
		}
	}
	return points, max
}

// Verdict is a report in one word, as graders use them.
type Verdict string

// The verdicts.
const (
	Accepted            Verdict = "Accepted"
	WrongAnswer         Verdict = "WrongAnswer"
	TimeLimitExceeded   Verdict = "TimeLimitExceeded"
	MemoryLimitExceeded Verdict = "MemoryLimitExceeded"
	OutputLimitExceeded Verdict = "OutputLimitExceeded"
	RunTimeError        Verdict = "RunTimeError"
	CompileError        Verdict = "CompileError"
	PolicyViolation     Verdict = "PolicyViolation"
	InternalError       Verdict = "InternalError"
)

// limitVerdicts are the verdicts of the limits of package engine.
var limitVerdicts = map[string]Verdict{
	"wall": TimeLimitExceeded, "fuel": TimeLimitExceeded,
	"memory": MemoryLimitExceeded,
	"output": OutputLimitExceeded, "files": OutputLimitExceeded,
	"connections": PolicyViolation, "traffic": PolicyViolation,
}

// Verdict judges by the headline.
func (r *Report) Verdict() Verdict {
	h := r.Headline()
	for _, c := range r.Checks {
		if c.Outcome == Fail && c.Diagnosis.Code == codeForbidden {
			return PolicyViolation
		}
	}
	switch {
	case h == nil:
		return Accepted
	case h.Outcome == Undecided:
		return InternalError
	case h.Diagnosis != nil && h.Diagnosis.Code == codeCompile:
		return CompileError
	case len(h.Limits) > 0:
		return limitVerdicts[h.Limits[0]]
	case h.Diagnosis != nil && h.Diagnosis.Code == codeBusy:
		return TimeLimitExceeded
	case h.Crashed:
		return RunTimeError
	}
	return WrongAnswer
}
