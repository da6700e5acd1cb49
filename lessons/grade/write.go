package grade

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode"

	"socklab/lessons/check"
)

// WriteJSON writes the document, indented.
func (d *Document) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(d)
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

// cell makes a text that a student may have chosen (a folder's name) one that
// a spreadsheet shows and does not run: a formula begins with one of =+-@.
func cell(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
	if s != "" && strings.ContainsRune("=+-@", rune(s[0])) {
		return "'" + s
	}
	return s
}

// WriteText writes a table for people, and under it why the submissions that
// were not accepted were not.
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
