package grade

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"socklab/host/trace"
	"socklab/lessons/check"
)

// WriteJSON writes the document, indented. What would command a terminal is
// escaped in it, also where JSON asks for no escape.
func (d *Document) WriteJSON(w io.Writer) error {
	b, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return err
	}
	var out bytes.Buffer
	for _, r := range string(append(b, '\n')) {
		if r != '\n' && trace.Commands(r) {
			fmt.Fprintf(&out, "\\u%04x", r)
		} else {
			out.WriteRune(r)
		}
	}
	_, err = out.WriteTo(w)
	return err
}

// WriteCSV writes one row a submission: what a spreadsheet needs to give
// marks, and for each check its points and the code of its diagnosis.
func (d *Document) WriteCSV(w io.Writer) error {
	var ids []string
	seen := map[string]bool{}
	for _, s := range d.Submissions {
		for _, c := range s.Checks {
			if !seen[c.ID] {
				seen[c.ID] = true
				ids = append(ids, c.ID)
			}
		}
	}
	out := csv.NewWriter(w)
	head := []string{"name", "language", "verdict", "score", "max_score"}
	for _, id := range ids {
		head = append(head, id, id+"_diagnosis")
	}
	rows := [][]string{append(head, "problem", "path")}
	for _, s := range d.Submissions {
		row := []string{cell(s.Name), s.Language, string(s.Verdict), strconv.Itoa(s.Score), strconv.Itoa(s.MaxScore)}
		for _, id := range ids {
			points, code := "", ""
			for _, c := range s.Checks {
				if c.ID != id {
					continue
				}
				if c.Outcome != check.Undecided {
					points = strconv.Itoa(c.Points)
				}
				if c.Diagnosis != nil {
					code = c.Diagnosis.Code
				}
			}
			row = append(row, points, code)
		}
		rows = append(rows, append(row, cell(s.Problem), cell(s.Path)))
	}
	return out.WriteAll(rows)
}

// Plain is a text that a student may have chosen, such as a folder's name, as a
// terminal shows it and does not obey it: on one line, without control
// characters, and in the order in which it is written.
func Plain(s string) string {
	return strings.Map(func(r rune) rune {
		if trace.Commands(r) {
			return ' '
		}
		return r
	}, s)
}

// cell is a Plain text that a spreadsheet shows and does not run: a formula
// begins with one of =+-@, which may be wide ones.
func cell(s string) string {
	s = Plain(s)
	if first, _ := utf8.DecodeRuneInString(strings.TrimLeft(s, " ")); strings.ContainsRune("=+-@＝＋－＠", first) && s != "" {
		return "'" + s
	}
	return s
}

// WriteText writes a table for people, which tells the first reason why a
// submission was not accepted.
func (d *Document) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "SUBMISSION\tLANGUAGE\tVERDICT\tSCORE\tWHY\n")
	for _, s := range d.Submissions {
		why := s.Problem
		for _, c := range s.Checks {
			if c.Diagnosis != nil && c.Outcome == check.Fail {
				why = c.ID + " " + c.Diagnosis.Code
				break
			}
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%d/%d\t%s\n", cell(s.Name), s.Language, s.Verdict, s.Score, s.MaxScore, cell(why))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nlesson %s, seed %d\n", d.Lesson, d.Seed)
	return err
}
