package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// ls lists files.
func ls(_ context.Context, c *Call) error {
	set, names, err := c.options("laA1dFrtSh")
	if err != nil {
		return err
	}
	on := func(letter byte) bool { _, on := set[letter]; return on }
	if len(names) == 0 {
		names = []string{"."}
	}
	status := error(nil)
	var files []entry
	var dirs []string
	for _, name := range names {
		info, err := os.Lstat(c.path(name))
		if err == nil && info.Mode()&fs.ModeSymlink != 0 && !on('l') {
			if to, statErr := os.Stat(c.path(name)); statErr == nil {
				info = to
			}
		}
		switch {
		case err != nil:
			c.complain(named(err, name))
			status = exit(misused)
		case info.IsDir() && !on('d'):
			dirs = append(dirs, name)
		default:
			files = append(files, entry{name, c.path(name), info})
		}
	}
	c.list(files, on)
	slices.Sort(dirs)
	for i, dir := range dirs {
		if len(names) > 1 {
			if i > 0 || len(files) > 0 {
				fmt.Fprintln(c.out)
			}
			fmt.Fprintf(c.out, "%s:\n", dir)
		}
		found, err := c.entries(dir, on('a'), on('a') || on('A'))
		if err != nil {
			c.complain(err)
			status = exit(misused)
			continue
		}
		if on('l') {
			blocks := int64(0)
			for _, e := range found {
				blocks += (e.info.Size() + 4095) / 4096 * 4
			}
			fmt.Fprintf(c.out, "total %d\n", blocks)
		}
		c.list(found, on)
	}
	return status
}

// entry is one file that ls tells of.
type entry struct {
	name, path string
	info       fs.FileInfo
}

// entries are the files of a folder.
func (c *Call) entries(dir string, dots, hidden bool) ([]entry, error) {
	list, err := os.ReadDir(c.path(dir))
	if err != nil {
		return nil, named(err, dir)
	}
	var all []entry
	add := func(name string) {
		path := filepath.Join(c.path(dir), name)
		if info, err := os.Lstat(path); err == nil { // else it is gone
			all = append(all, entry{name, path, info})
		}
	}
	if dots {
		add(".")
		add("..")
	}
	for _, e := range list {
		if hidden || !strings.HasPrefix(e.Name(), ".") {
			add(e.Name())
		}
	}
	return all, nil
}

// list prints files as the options have it.
func (c *Call) list(all []entry, on func(byte) bool) {
	slices.SortStableFunc(all, func(a, b entry) int {
		order := cmp.Compare(a.name, b.name)
		switch {
		case on('t'):
			order = cmp.Or(b.info.ModTime().Compare(a.info.ModTime()), order)
		case on('S'):
			order = cmp.Or(cmp.Compare(b.info.Size(), a.info.Size()), order)
		}
		if on('r') {
			return -order
		}
		return order
	})
	width := 0
	for _, e := range all {
		width = max(width, len(fmt.Sprint(e.info.Size())))
	}
	for _, e := range all {
		name := e.name
		if on('F') && e.info.IsDir() {
			name += "/"
		}
		if !on('l') {
			fmt.Fprintln(c.out, name)
			continue
		}
		if e.info.Mode()&fs.ModeSymlink != 0 {
			if to, err := os.Readlink(e.path); err == nil {
				name += " -> " + to
			}
		}
		when := e.info.ModTime().UTC()
		layout := "Jan _2 15:04"
		if age := time.Since(when); age > 180*24*time.Hour || age < -24*time.Hour {
			layout = "Jan _2  2006"
		}
		fmt.Fprintf(c.out, "%s 1 %s %s %*d %s %s\n", mode(e.info.Mode()), user, user, width, e.info.Size(), when.Format(layout), name)
	}
}

// mode is a file's mode as ls prints it.
func mode(m fs.FileMode) string {
	kind := byte('-')
	switch {
	case m.IsDir():
		kind = 'd'
	case m&fs.ModeSymlink != 0:
		kind = 'l'
	}
	return string(kind) + m.Perm().String()[1:]
}

// mkdir makes folders.
func mkdir(_ context.Context, c *Call) error {
	set, names, err := c.options("p")
	if err != nil {
		return err
	}
	_, parents := set['p']
	return c.all(names, 1, func(name string) error {
		if parents {
			return os.MkdirAll(c.path(name), 0o777)
		}
		return os.Mkdir(c.path(name), 0o777)
	})
}

// all does something with every file named, at least some of them; what fails
// is complained of.
func (c *Call) all(names []string, least int, do func(name string) error) error {
	if len(names) < least {
		return usage("which file?")
	}
	status := error(nil)
	for _, name := range names {
		if err := do(name); err != nil {
			c.complain(named(err, name))
			status = exit(failed)
		}
	}
	return status
}

// rm removes files.
func rm(_ context.Context, c *Call) error {
	set, names, err := c.options("rRfd")
	if err != nil {
		return err
	}
	_, r := set['r']
	_, R := set['R']
	_, force := set['f']
	least := 1
	if force {
		least = 0
	}
	return c.all(names, least, func(name string) error {
		path := c.path(name)
		inside, err := filepath.Rel(path, c.path("."))
		if path == "/" || err == nil && inside != ".." && !strings.HasPrefix(inside, "../") {
			return fmt.Errorf("%s: the working folder is in it", name)
		}
		info, err := os.Lstat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist) && force:
			return nil
		case err != nil:
			return err
		case info.IsDir() && !r && !R:
			return fmt.Errorf("%s: is a directory", name)
		case info.IsDir():
			return os.RemoveAll(path)
		}
		return os.Remove(path)
	})
}

// touch makes files, or their times those of now.
func touch(_ context.Context, c *Call) error {
	_, names, err := c.options("c")
	if err != nil {
		return err
	}
	return c.all(names, 1, func(name string) error {
		now := time.Now()
		err := os.Chtimes(c.path(name), now, now)
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		f, err := os.OpenFile(c.path(name), os.O_CREATE|os.O_WRONLY, 0o666)
		if err != nil {
			return err
		}
		return f.Close()
	})
}

// cp copies files.
func cp(_ context.Context, c *Call) error {
	set, names, err := c.options("rRapf")
	if err != nil {
		return err
	}
	_, r := set['r']
	_, R := set['R']
	_, a := set['a']
	return c.into(names, func(from, to string) error { return copyFile(from, to, r || R || a) })
}

// mv moves files.
func mv(_ context.Context, c *Call) error {
	_, names, err := c.options("f")
	if err != nil {
		return err
	}
	return c.into(names, os.Rename)
}

// into does something with every file but the last, and the last or, if that
// is a folder, a file of the same name in it.
func (c *Call) into(names []string, do func(from, to string) error) error {
	if len(names) < 2 {
		return usage("from which file, to which?")
	}
	last := names[len(names)-1]
	info, err := os.Stat(c.path(last))
	isDir := err == nil && info.IsDir()
	if len(names) > 2 && !isDir {
		return fmt.Errorf("%s: not a directory", last)
	}
	return c.all(names[:len(names)-1], 1, func(name string) error {
		from, to := c.path(name), c.path(last)
		if isDir {
			to = filepath.Join(to, filepath.Base(from))
		}
		if from == to {
			return fmt.Errorf("%s and %s are the same file", name, last)
		}
		return do(from, to)
	})
}

func copyFile(from, to string, whole bool) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return copyContent(from, to)
	}
	if !whole {
		return errors.New(filepath.Base(from) + ": is a directory (-r copies it)")
	}
	if inside, err := filepath.Rel(from, to); err == nil && inside != ".." && !strings.HasPrefix(inside, "../") {
		return errors.New(filepath.Base(from) + ": cannot be copied into itself")
	}
	if err := os.Mkdir(to, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	list, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range list {
		if err := copyFile(filepath.Join(from, e.Name()), filepath.Join(to, e.Name()), true); err != nil {
			return err
		}
	}
	return nil
}

func copyContent(from, to string) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, src)
	return errors.Join(err, dst.Close())
}
