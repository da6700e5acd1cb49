package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"socklab/lessons"
	"socklab/lessons/grade"
)

// maxSubmission bounds a submission that is a single file, in bytes: that of the
// largest module. It may be much longer than the room that it takes on a disk.
const maxSubmission = 256 << 20

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
	unusable := func(why string) (string, func(), error) {
		points, _ := l.Points()
		return "", nil, &grade.Unusable{Why: why, MaxScore: points}
	}
	switch {
	case info.Mode()&os.ModeSymlink != 0:
		return unusable("it is a link, and links out of a submission are not followed")
	case !info.Mode().IsRegular():
		return unusable("it is neither a folder nor a plain file")
	case info.Size() > maxSubmission:
		return unusable(fmt.Sprintf("it is %d bytes long, which is more than the %d allowed", info.Size(), maxSubmission))
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
	_, err = io.Copy(out, io.LimitReader(in, maxSubmission))
	if cerr := out.Close(); err == nil {
		err = cerr
	}
	return err
}

func dirOf(path string) string { return filepath.Dir(path) }

// ownGroup puts a command into a process group of its own.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
