package lessons

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"sync"
)

// Catalog is the lessons, in order.
type Catalog struct{ Lessons []*Lesson }

// Builtin is the lessons that are part of the program.
var Builtin = sync.OnceValues(func() (*Catalog, error) { return LoadAll(content) })

// LoadAll reads every lesson of a folder.
func LoadAll(fsys fs.FS) (*Catalog, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, err
	}
	c := &Catalog{}
	for _, e := range entries { // by name, which begins with the number
		if !e.IsDir() || !folderName.MatchString(e.Name()) {
			continue
		}
		sub, err := fs.Sub(fsys, e.Name())
		if err != nil {
			return nil, err
		}
		l, err := Load(sub, e.Name())
		if err != nil {
			return nil, err
		}
		if n := len(c.Lessons); n > 0 && c.Lessons[n-1].Number == l.Number {
			return nil, fmt.Errorf("two lessons have the number %02d", l.Number)
		}
		c.Lessons = append(c.Lessons, l)
	}
	return c, nil
}

// UnknownError is a lesson that is not in the catalogue.
type UnknownError struct {
	Name string
	Near string // a lesson that may have been meant, "" if none comes near
}

func (e *UnknownError) Error() string { return fmt.Sprintf("there is no lesson %q", e.Name) }

// Find finds a lesson by its number (5, 05), its slug, or both (05-echo-loop).
func (c *Catalog) Find(name string) (*Lesson, error) {
	want := strings.ToLower(strings.TrimSpace(name))
	n, err := strconv.Atoi(want)
	for _, l := range c.Lessons {
		if err == nil && n == l.Number || want == l.Slug || want == l.ID() {
			return l, nil
		}
	}
	unknown := &UnknownError{Name: name}
	for _, l := range c.Lessons {
		if want != "" && (strings.Contains(l.Slug, want) || strings.Contains(want, l.Slug)) {
			unknown.Near = l.ID()
			break
		}
	}
	return nil, unknown
}

// After is the lesson that follows, nil after the last.
func (c *Catalog) After(l *Lesson) *Lesson {
	for i, x := range c.Lessons {
		if x.Number == l.Number && i+1 < len(c.Lessons) {
			return c.Lessons[i+1]
		}
	}
	return nil
}
