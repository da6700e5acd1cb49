package lessons

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"socklab/runtime/build"
)

// Progress is how far a student has come. It is kept in the workspace, as
// JSON.
type Progress struct {
	Version  int                `json:"version"`
	Language build.Language     `json:"language"`
	Current  string             `json:"current"` // slug
	Lessons  map[string]*Record `json:"lessons"` // by slug
}

// Record is what is kept of one lesson.
type Record struct {
	Done     time.Time `json:"done,omitzero"` // when it was first passed
	Attempts int       `json:"attempts,omitempty"`
	Hints    int       `json:"hints,omitempty"`    // how many have been shown
	Solution bool      `json:"solution,omitempty"` // shown before it was passed
	Points   int       `json:"points,omitempty"`   // of the best attempt
	Seed     uint64    `json:"seed,omitempty"`     // of the last one
}

// progressVersion is the version that is written.
const progressVersion = 1

// migrations make a version of the next: migrations[0] reads what had no
// version.
var migrations = []func(raw map[string]json.RawMessage) error{
	// 0: {"current": slug, "language": …, "done": [slug, …]}
	func(raw map[string]json.RawMessage) error {
		var done []string
		if b, ok := raw["done"]; ok {
			if err := json.Unmarshal(b, &done); err != nil {
				return fmt.Errorf("done: %w", err)
			}
		}
		records := map[string]*Record{}
		for _, slug := range done {
			records[slug] = &Record{Done: time.Unix(0, 0).UTC()}
		}
		b, err := json.Marshal(records)
		raw["lessons"] = b
		delete(raw, "done")
		return err
	},
}

// NewerError is a workspace of a newer version of the program. Nothing of it
// is touched.
type NewerError struct{ Path string }

func (e *NewerError) Error() string {
	return e.Path + " was written by a newer version of socklab"
}

// errCorrupt is a progress file that is none.
var errCorrupt = errors.New("the progress file cannot be read")

func parseProgress(b []byte, path string) (*Progress, error) {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		return nil, fmt.Errorf("%w: %w", errCorrupt, err)
	}
	version := 0
	if v, ok := raw["version"]; ok {
		if err := json.Unmarshal(v, &version); err != nil || version < 0 {
			return nil, fmt.Errorf("%w: version %s", errCorrupt, v)
		}
	}
	if version > progressVersion {
		return nil, &NewerError{path}
	}
	for ; version < progressVersion; version++ {
		if err := migrations[version](raw); err != nil {
			return nil, fmt.Errorf("%w: %w", errCorrupt, err)
		}
	}
	raw["version"], _ = json.Marshal(progressVersion)
	b, err := json.Marshal(raw)
	if err != nil {
		return nil, err
	}
	p := &Progress{}
	if err := json.Unmarshal(b, p); err != nil {
		return nil, fmt.Errorf("%w: %w", errCorrupt, err)
	}
	for slug, r := range p.Lessons {
		if r == nil {
			delete(p.Lessons, slug)
		}
	}
	if p.Lessons == nil {
		p.Lessons = map[string]*Record{}
	}
	return p, nil
}

// writeFile replaces a file, whole or not at all.
func writeFile(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".socklab-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone already if all went well
	_, err = f.Write(content)
	if e := f.Sync(); err == nil {
		err = e
	}
	if e := f.Chmod(0o644); err == nil {
		err = e
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// readProgress reads the workspace's progress. A file that cannot be read is
// set aside under the name that aside tells, and a new progress begun.
func readProgress(path string) (p *Progress, aside string, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, "", err
	}
	p, err = parseProgress(b, path)
	if errors.Is(err, errCorrupt) {
		aside = fmt.Sprintf("%s.bad-%s", path, time.Now().UTC().Format("20060102-150405.000"))
		if err := os.Rename(path, aside); err != nil {
			return nil, "", err
		}
		return &Progress{Version: progressVersion, Lessons: map[string]*Record{}}, aside, nil
	}
	return p, "", err
}

// save writes the progress down. What another program has written since, such
// as a check in a second terminal, is kept; one of a newer version is a
// *NewerError, and nothing is written.
func (p *Progress) save(path string) error {
	old, unread := os.ReadFile(path)
	if unread == nil {
		other, err := parseProgress(old, path)
		var newer *NewerError
		if errors.As(err, &newer) {
			return err
		}
		if err == nil {
			p.join(other)
		}
	}
	b, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	b = append(b, '\n')
	if unread == nil && bytes.Equal(old, b) {
		return nil
	}
	return writeFile(path, b)
}

// join takes over how far another progress of the same student is.
func (p *Progress) join(other *Progress) {
	for slug, o := range other.Lessons {
		r := p.Lessons[slug]
		if r == nil {
			p.Lessons[slug] = o
			continue
		}
		if r.Done.IsZero() {
			r.Done = o.Done
		}
		r.Attempts, r.Hints, r.Points = max(r.Attempts, o.Attempts), max(r.Hints, o.Hints), max(r.Points, o.Points)
		r.Solution = r.Solution || o.Solution
	}
}

// record is what is kept of a lesson; it is made if there is nothing yet.
func (p *Progress) record(l *Lesson) *Record {
	r := p.Lessons[l.Slug]
	if r == nil {
		r = &Record{}
		p.Lessons[l.Slug] = r
	}
	return r
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
