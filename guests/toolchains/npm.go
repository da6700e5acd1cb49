package toolchains

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"
)

// How often a download's size is looked at.
const pollEvery = 100 * time.Millisecond

// runNPM runs `npm ci` in dir, which holds package.json and its lock, and
// calls report with the bytes that have arrived, from this goroutine. It
// blocks until npm is gone.
func runNPM(ctx context.Context, subject, npm, dir string, report func(bytes int64)) error {
	cmd := exec.CommandContext(ctx, npm, "ci",
		"--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier",
		"--global=false", "--loglevel=error",
		// What is in npm's cache needs no network.
		"--prefer-offline",
		// npm's own defaults keep a user without network waiting for 70 seconds.
		"--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=4000")
	cmd.Dir = dir
	// An empty HOME would put npm's cache at the root of the disk; without
	// one, it asks the system's user database.
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return v == "HOME=" })
	var stderr head
	cmd.Stderr = &stderr
	// npm may be a shell script in front of node: end them all.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second

	if err := cmd.Start(); err != nil {
		return &Error{Subject: subject, Kind: ErrNoNPM, Detail: err}
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			report(treeSize(filepath.Join(dir, "node_modules")))
		case err := <-done:
			// ErrWaitDelay: npm itself was done, and left somebody behind.
			if err == nil || errors.Is(err, exec.ErrWaitDelay) {
				return nil
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return npmError(subject, stderr.String(), err)
		}
	}
}

// treeSize adds up the files below dir, some of which may come and go.
func treeSize(dir string) (size int64) {
	filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			size += info.Size()
		}
		return nil
	})
	return size
}

// npm says "npm ERR!" up to version 9 and "npm error" since.
var (
	npmCode    = regexp.MustCompile(`(?m)^npm (?:error|ERR!) code (\S+)`)
	npmMessage = regexp.MustCompile(`(?m)^npm (?:error|ERR!) (.*\S.*)$`)
	// Lines that tell a beginner nothing.
	npmNoise = regexp.MustCompile(`^(code|syscall|errno|path|dest|at|A complete log)\b|^\s+at `)
)

// npmError tells why npm failed from what it wrote to stderr and how it ended.
func npmError(subject, stderr string, ended error) error {
	e := &Error{Subject: subject, Kind: ErrNPM, Detail: ended}
	for _, m := range npmMessage.FindAllStringSubmatch(stderr, -1) {
		if !npmNoise.MatchString(m[1]) {
			e.Detail = errors.New(strings.TrimPrefix(m[1], "network "))
			break
		}
	}
	if code := npmCode.FindStringSubmatch(stderr); code != nil {
		e.Kind = npmKind(code[1])
		return e
	}
	// A shell or env(1) ends so when it cannot run a program, or finds none: node.
	var exit *exec.ExitError
	if errors.As(ended, &exit) && (exit.ExitCode() == 126 || exit.ExitCode() == 127) {
		e.Kind = ErrNoNPM
	}
	if line, _, _ := strings.Cut(strings.TrimSpace(stderr), "\n"); e.Detail == ended && line != "" {
		e.Detail = errors.New(line)
	}
	return e
}

func npmKind(code string) error {
	switch code {
	case "EINTEGRITY":
		return ErrMismatch
	case "ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ERR_SOCKET_TIMEOUT",
		"ENETUNREACH", "EHOSTUNREACH", "EADDRNOTAVAIL", "ENOTCACHED",
		"SELF_SIGNED_CERT_IN_CHAIN", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
		return ErrNoNetwork
	case "ENOSPC", "EDQUOT":
		return ErrNoSpace
	}
	// EACCES and its like are npm's own cache: the folder it works in is ours.
	return ErrNPM
}

// head keeps the beginning of what is written to it: where npm names the cause.
type head struct{ bytes.Buffer }

func (h *head) Write(p []byte) (int, error) {
	h.Buffer.Write(p[:min(len(p), 64<<10-h.Len())])
	return len(p), nil
}
