package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"socklab/lessons"
	"socklab/lessons/grade"
)

// maxSubmission bounds a submission that is a single file, in bytes: that of the
// largest module. It may be much longer than the room that it takes on a disk.
const maxSubmission = 256 << 20

// submissionFolder is a submission as a folder: itself, or a new one with the
// single file in it, under the name that the lesson has for it. Its owner may
// change it meanwhile, but not to what is not theirs.
func submissionFolder(l *lessons.Lesson, path string) (h *lessons.Handin, clean func(), err error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, nil, err
	}
	dir, remove := path, func() {}
	if !info.IsDir() {
		if dir, remove, err = aloneFolder(l, path, info); err != nil {
			return nil, nil, err
		}
	}
	switch h, err = l.Find(dir, ""); {
	case errors.Is(err, lessons.ErrEmpty):
		err = unusable(l, "there is no "+strings.Join(programFiles(l, ""), ", ")+" in it, nor the like in another language")
	case err == nil && info.IsDir() && !h.Is(info):
		h.Close()
		err = unusable(l, errSwapped.Error())
	}
	if err != nil {
		remove()
		return nil, nil, err
	}
	return h, func() { h.Close(); remove() }, nil
}

func unusable(l *lessons.Lesson, why string) error {
	points, _ := l.Points()
	return &grade.Unusable{Why: why, MaxScore: points}
}

// aloneFolder makes a folder of a single file.
func aloneFolder(l *lessons.Lesson, path string, info os.FileInfo) (dir string, clean func(), err error) {
	switch {
	case info.Mode()&os.ModeSymlink != 0:
		return "", nil, unusable(l, "it is a link, and links out of a submission are not followed")
	case !info.Mode().IsRegular():
		return "", nil, unusable(l, "it is neither a folder nor a plain file")
	case info.Size() > maxSubmission:
		return "", nil, unusable(l, fmt.Sprintf("it is %d bytes long, which is more than the %d allowed", info.Size(), maxSubmission))
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
	if err := copyFile(path, filepath.Join(dir, name), info); err != nil {
		clean()
		if errors.Is(err, errSwapped) {
			err = unusable(l, err.Error())
		}
		return "", nil, err
	}
	return dir, clean, nil
}

// copyFile copies the file that was looked at, and nothing that has taken its
// place.
func copyFile(from, to string, looked os.FileInfo) error {
	in, err := os.OpenFile(from, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if errors.Is(err, syscall.ELOOP) {
		return errSwapped
	}
	if err != nil {
		return err
	}
	defer in.Close()
	if info, err := in.Stat(); err != nil || !os.SameFile(info, looked) {
		return errors.Join(err, errSwapped)
	}
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

var errSwapped = errors.New("it was replaced while it was graded")

func dirOf(path string) string { return filepath.Dir(path) }

// ownGroup puts a command into a process group of its own.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
