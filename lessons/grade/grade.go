// Package grade runs one lesson's checks on many submissions, and says what
// each is worth.
//
// Each submission is checked in a process of its own kind: a worker, which
// takes one after another and is replaced when one of them breaks it or holds
// it up. What a submission prints is data that never meets the channel on
// which a worker answers, so that no submission can say how it did. A worker
// that dies costs the submission nothing but its verdict, which is then
// InternalError: the tool's own fault, never the student's.
package grade

import (
	"socklab/lessons/check"
)

// Document is what a grading run says: the JSON of `socklab grade`.
type Document struct {
	Lesson      string   `json:"lesson"`
	Seed        uint64   `json:"seed"`
	Submissions []Result `json:"submissions"` // in the order they were given
}

// Result is what one submission is worth.
type Result struct {
	Name      string        `json:"name"`
	Path      string        `json:"path"`
	Language  string        `json:"language"`
	Verdict   check.Verdict `json:"verdict"`
	Score     int           `json:"score"`
	MaxScore  int           `json:"max_score"`
	Checks    []Check       `json:"checks"`
	Usage     check.Usage   `json:"usage"`
	LimitsHit []string      `json:"limits_hit"`
	Problem   string        `json:"problem,omitempty"` // why there is no proper verdict, for the teacher
}

// Check is what one check said.
type Check struct {
	ID        string        `json:"id"`
	Name      string        `json:"name"`
	Outcome   check.Outcome `json:"outcome"`
	Points    int           `json:"points"`
	MaxPoints int           `json:"max_points"`
	Diagnosis *Diagnosis    `json:"diagnosis,omitempty"`
}

// Diagnosis is why a check failed.
type Diagnosis struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// summarize makes a Result of a report.
func summarize(s Submission, r *check.Report) Result {
	res := Result{
		Name: s.Name, Path: s.Path, Language: r.Language, Verdict: r.Verdict(),
		Usage: r.Usage, LimitsHit: append([]string{}, r.Limits...), Checks: []Check{},
	}
	for _, c := range r.Checks {
		one := Check{ID: c.ID, Name: c.Name, Outcome: c.Outcome, Points: c.Points, MaxPoints: c.Max}
		if d := c.Diagnosis; d != nil {
			one.Diagnosis = &Diagnosis{d.Code, d.Text()}
		}
		if c.Outcome == check.Undecided && res.Problem == "" {
			res.Problem = c.ID + ": " + c.Problem
		}
		res.Score += c.Points
		res.MaxScore += c.Max
		res.Checks = append(res.Checks, one)
	}
	return res
}

// broken is the result of a submission that could not be checked.
func broken(s Submission, why string) Result {
	return Result{Name: s.Name, Path: s.Path, Verdict: check.InternalError, Checks: []Check{}, LimitsHit: []string{}, Problem: why}
}
