package build

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"socklab/runtime/engine"
)

// Limits of one step of a compiler that is a guest. They are far above what
// an honest program of a lesson needs, and below what would trouble a machine
// that grades several at once.
var toolLimits = engine.Limits{
	Wall:      60 * time.Second,
	Fuel:      60e9,
	Memory:    2 << 30,
	Output:    1 << 20,
	FileBytes: 256 << 20,
	Files:     1000,
}

// toolGuest is a compiler or a linker that is itself WebAssembly. It sees the
// folders that it is given and nothing else: no network, no environment of
// the machine.
type toolGuest struct {
	name string
	// module makes it ready, once; Progress is its affair.
	module func(context.Context) (*engine.Loaded, error)
	limits engine.Limits

	mu     sync.Mutex
	loaded *engine.Loaded
}

// toolJob is one step of a build.
type toolJob struct {
	args   []string // argv, the tool's name first
	env    []string
	mounts []engine.Mount
}

// toolLimitError is a source that makes its compiler pass a limit, or crash.
type toolLimitError struct {
	tool, limit, detail string
}

func (e *toolLimitError) Error() string {
	if e.limit == "" {
		return fmt.Sprintf("%s crashed on this source: %s", e.tool, e.detail)
	}
	return fmt.Sprintf("%s passed its limit of %s on this source (%s)", e.tool, e.limit, e.detail)
}

// run runs one step to its end. It returns what the tool said, on stdout and
// stderr together, and its exit code. A limit that was passed or a trap is a
// *toolLimitError, with what was said until then.
func (t *toolGuest) run(ctx context.Context, job toolJob) (said string, code int, err error) {
	m, err := t.ready(ctx)
	if err != nil {
		return "", 0, err
	}
	var out bytes.Buffer
	i, err := m.Start(ctx, engine.Spec{
		Name: t.name, Args: job.args, Env: job.env, Mounts: job.mounts,
		Stdout: &out, Stderr: &out, Limits: t.limits,
	})
	if err != nil {
		return "", 0, fmt.Errorf("build: %s: %w", t.name, err)
	}
	exit := i.Wait()
	switch {
	case ctx.Err() != nil:
		return "", 0, ctx.Err()
	case exit.Why == engine.Exited: // a linker that could not write may be content
		return out.String(), exit.Code, job.room()
	case exit.Why == engine.Limited:
		return out.String(), exit.Code, t.passed(exit.Limit)
	case exit.Why == engine.Trapped:
		why, _, _ := strings.Cut(exit.Detail, "\n") // and then a stack
		return out.String(), exit.Code, &toolLimitError{t.name, "", why}
	}
	return out.String(), exit.Code, fmt.Errorf("build: %s %s: %s", t.name, exit.Why, exit.Detail)
}

// leastRoom is how many bytes a disk must have left for what a tool says and
// makes to be the source's affair. Tests raise it.
var leastRoom uint64 = 4 << 20

// room is an error where a tool could not have written what it makes.
func (j *toolJob) room() error {
	for _, m := range j.mounts {
		var disk unix.Statfs_t
		if m.ReadOnly || unix.Statfs(m.Host, &disk) != nil {
			continue
		}
		if uint64(disk.Bavail)*uint64(disk.Bsize) < leastRoom {
			return fmt.Errorf("build: no space left on the disk of %s", m.Host)
		}
	}
	return nil
}

// ready loads the tool if that has not been done.
func (t *toolGuest) ready(ctx context.Context) (*engine.Loaded, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.loaded != nil {
		return t.loaded, nil
	}
	m, err := t.module(ctx)
	if err == nil {
		t.loaded = m
	}
	return m, err
}

// passed says which limit was passed, and how much it is.
func (t *toolGuest) passed(limit string) error {
	l := t.limits
	switch limit {
	case "wall":
		return &toolLimitError{t.name, "time", l.Wall.String()}
	case "memory":
		return &toolLimitError{t.name, limit, strconv.FormatUint(l.Memory>>20, 10) + " MiB"}
	case "output":
		return &toolLimitError{t.name, limit, strconv.FormatInt(l.Output>>10, 10) + " KiB of messages"}
	case "files":
		return &toolLimitError{t.name, limit, fmt.Sprintf("%d MiB in %d files", l.FileBytes>>20, l.Files)}
	case "fuel":
		return &toolLimitError{t.name, "work", fmt.Sprintf("%.0e WebAssembly instructions", float64(l.Fuel))}
	}
	return &toolLimitError{t.name, limit, ""}
}

// scratch makes a folder for what a build leaves behind, and tells how to
// remove it.
func scratch() (dir string, remove func(), err error) {
	dir, err = os.MkdirTemp("", "socklab-build-")
	if err != nil {
		return "", nil, fmt.Errorf("build: %w", err)
	}
	return dir, func() { os.RemoveAll(dir) }, nil
}
