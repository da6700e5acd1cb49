package poll

import "syscall"

// An Option is a socket option with its value.
type Option struct{ Level, Name, Value int }

// SetOptions sets options one after another, in one use of the descriptor.
// What one of them answers does not keep the others from being set.
func (fd *FD) SetOptions(all []Option) error {
	if err := fd.incref(); err != nil {
		return err
	}
	for i := range all {
		o := &all[i]
		syscall.SetsockoptInt(fd.Sysfd, o.Level, o.Name, o.Value)
	}
	fd.decref()
	return nil
}
