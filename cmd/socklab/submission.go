package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"socklab/lessons"
)

// submissionFolder is a submission as a folder: itself, or a new one with the
// single file in it, under the name that the lesson has for it.
func submissionFolder(l *lessons.Lesson, path string) (dir string, clean func(), err error) {
	info, err := os.Lstat(path)
	if err != nil {
		return "", nil, err
	}
	if info.IsDir() {
		return path, func() {}, nil
	}
	if !info.Mode().IsRegular() {
		return "", nil, fmt.Errorf("%s is neither a folder nor a regular file", path)
	}
	dir, err = os.MkdirTemp("", "socklab-submission-")
	if err != nil {
		return "", nil, err
	}
	clean = func() { os.RemoveAll(dir) }
	name := filepath.Base(path)
	if len(l.Programs) == 1 {
		name = l.Programs[0] + filepath.Ext(path)
	}
	if err := copyFile(path, filepath.Join(dir, name)); err != nil {
		clean()
		return "", nil, err
	}
	return dir, clean, nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if cerr := out.Close(); err == nil {
		err = cerr
	}
	return err
}

func dirOf(path string) string { return filepath.Dir(path) }

// ownGroup puts a command into a process group of its own.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
