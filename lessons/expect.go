package lessons

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// expected is one check and the diagnosis that is due.
type expected struct{ check, code string }

var (
	expectLine = regexp.MustCompile(`^(?:#|//)\s*expect:\s*(.*)$`)
	expectItem = regexp.MustCompile(`^([a-z][a-z0-9_-]*) ([A-Z][A-Z0-9_]*)$`)
)

// expectation reads the first lines of a submission's programs.
func (v *verifier) expectation(rel string) ([]expected, error) {
	var all []expected
	files, err := os.ReadDir(filepath.Join(v.dir, filepath.FromSlash(rel)))
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(v.dir, filepath.FromSlash(rel), f.Name()))
		if err != nil {
			return nil, err
		}
		line, _, _ := strings.Cut(string(b), "\n")
		m := expectLine.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		if all != nil {
			return nil, errors.New("two of its files say what to expect")
		}
		for item := range strings.SplitSeq(m[1], ",") {
			x := expectItem.FindStringSubmatch(strings.TrimSpace(item))
			if x == nil {
				return nil, fmt.Errorf("%s: %q is not a check and a diagnosis, such as s3 SERVER_DIED", f.Name(), item)
			}
			all = append(all, expected{x[1], x[2]})
		}
	}
	return all, nil
}
