package check

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"socklab/runtime/engine"
)

// startSpec is what a script says about a guest.
type startSpec struct {
	program string
	args    []string
	stdin   *string // nil: written to by the script, line by line
	faults  []string
	env     []string
	files   map[string]string
	firstFD int
}

// start starts a guest.
func (t *trial) start(s startSpec) (*guest, error) {
	p, ok := t.run.sub.Programs[s.program]
	if !ok || p == nil {
		return nil, t.missing(s.program)
	}
	g := &guest{t: t, program: s.program, args: s.args, started: time.Now(), wake: newBell()}
	g.name = s.program
	t.mu.Lock()
	for _, other := range t.guests {
		if other.name == g.name {
			g.name = fmt.Sprintf("%s%d", s.program, len(t.guests)+1)
		}
	}
	for _, f := range s.faults {
		if !slices.Contains(t.faults, f) {
			t.faults = append(t.faults, f)
		}
	}
	t.mu.Unlock()

	network, err := t.lab()
	if err != nil {
		return nil, err
	}
	if t.run.o.Bare && len(s.faults) > 0 {
		return nil, &ownFault{errors.New("fault rules need the sandbox")}
	}
	stack, closeFaults, err := withFaults(network.Stack(g.name, nil), s.faults, t.rand.Uint64())
	if err != nil {
		return nil, err // the script's
	}
	t.finally = append(t.finally, closeFaults)
	g.watch = &watch{changed: g.wake.ring}
	g.watch.Stack = stack
	g.stdout, g.stderr = newOutput(g.wake), newOutput(g.wake)
	spec := engine.Spec{
		Name: g.name, Args: s.args, Env: s.env, Stack: g.watch,
		Stdout: g.stdout, Stderr: g.stderr,
		Recorder: t.hist, Limits: t.run.o.Limits, FirstFD: s.firstFD,
	}
	if s.stdin != nil {
		spec.Stdin = strings.NewReader(*s.stdin)
	} else {
		if g.read, g.stdin, err = os.Pipe(); err != nil {
			return nil, &ownFault{err}
		}
		spec.Stdin = g.read
	}
	if spec.Mounts, err = t.mounts(g.name, s.files); err != nil {
		g.closeStdin()
		return nil, &ownFault{err}
	}
	if g.inst, err = p.Start(t.ctx, spec); err != nil {
		g.closeStdin()
		return nil, &ownFault{fmt.Errorf("start %s: %w", s.program, err)}
	}
	context.AfterFunc(t.ctx, g.wake.ring)
	go func() {
		<-g.inst.Done()
		g.wake.ring()
	}()
	t.mu.Lock()
	t.guests = append(t.guests, g)
	t.mu.Unlock()
	return g, nil
}

// missing is the failure of a check whose program is not there.
func (t *trial) missing(program string) error {
	if err := t.run.sub.Broken[program]; err != nil {
		return &failure{why: whyMissing, code: codeCompile, text: err.Error()}
	}
	if !slices.Contains(t.run.o.Programs, program) {
		return fmt.Errorf("the lesson has no program %q", program)
	}
	return &failure{why: whyMissing, code: codeMissing, text: fmt.Sprintf("There is no program %s in the submission.", program)}
}

// mounts writes the files that a script gives a guest and makes folders of
// them: /srv/a.txt is a.txt in the mount /srv.
func (t *trial) mounts(name string, given map[string]string) ([]engine.Mount, error) {
	if len(given) == 0 {
		return nil, nil
	}
	if t.tmp == "" {
		dir, err := os.MkdirTemp("", "socklab-check-")
		if err != nil {
			return nil, err
		}
		t.tmp = dir
	}
	var mounts []engine.Mount
	for path, data := range given {
		top, rest, ok := strings.Cut(strings.TrimPrefix(path, "/"), "/")
		if !ok || !strings.HasPrefix(path, "/") || !filepath.IsLocal(top) || rest != "" && !filepath.IsLocal(rest) {
			return nil, fmt.Errorf("files: %q is not /FOLDER/NAME", path)
		}
		host := filepath.Join(t.tmp, name, top)
		if !slices.ContainsFunc(mounts, func(m engine.Mount) bool { return m.Guest == "/"+top }) {
			mounts = append(mounts, engine.Mount{Host: host, Guest: "/" + top})
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(host, rest)), 0o700); err != nil {
			return nil, err
		}
		if rest == "" || strings.HasSuffix(rest, "/") {
			continue // an empty folder
		}
		if err := os.WriteFile(filepath.Join(host, rest), []byte(data), 0o600); err != nil {
			return nil, err
		}
	}
	return mounts, nil
}
