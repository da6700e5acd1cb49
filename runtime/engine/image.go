package engine

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"unsafe"

	"github.com/tetratelabs/wazero/api"
	"golang.org/x/sys/unix"
)

// Image is the memory of a guest at some moment, and the globals that its
// module exports. Instances that start from it (Spec.Image) share it until
// they write to it, so starting costs neither the time nor the memory of
// what the guest had done before.
//
// An Image belongs to the module it was taken of, and to the mounts: their
// paths in the guest, in their order, must be the same ones again.
type Image struct {
	size    int64
	memory  []byte   // nil if it is in
	file    *os.File // at its beginning
	globals map[string]uint64
}

// Entry is a call of a function that a module exports. Its results are
// ignored.
type Entry struct {
	Func string
	Args []uint64
}

// wasmPage is the size of a page of linear memory.
const wasmPage = 64 << 10

// NewImage makes an Image of ordinary memory, which it keeps, and the values
// of exported globals. The memory's length is made a whole number of pages.
func NewImage(memory []byte, globals map[string]uint64) *Image {
	if over := len(memory) % wasmPage; over != 0 {
		memory = append(memory, make([]byte, wasmPage-over)...)
	}
	return &Image{size: int64(len(memory)), memory: memory, globals: globals}
}

// Memory is the guest's memory, which may be written to until the first
// instance starts; nil if the Image was opened from a file.
func (im *Image) Memory() []byte { return im.memory }

// imageMagic ends a file that is whole.
const imageMagic = "socklab image 1\n"

// Save writes the Image to a file, in one step: the file is the old one or
// whole. The folder must be the user's alone, since what is in an Image is
// as good as code.
func (im *Image) Save(path string) error {
	globals, err := json.Marshal(im.globals)
	if err != nil {
		return fmt.Errorf("image: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".image")
	if err != nil {
		return fmt.Errorf("image: %w", err)
	}
	defer os.Remove(f.Name())
	tail := binary.LittleEndian.AppendUint64(globals, uint64(im.size))
	_, err = f.Write(im.memory)
	_, err2 := f.Write(append(tail, imageMagic...))
	if err = errors.Join(err, err2, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("image: %w", err)
	}
	return nil
}

// OpenImage opens a file that Save wrote. A file that is missing is an
// fs.ErrNotExist; one that is damaged is an error as well.
func OpenImage(path string) (*Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("image: %w", err)
	}
	im, err := readImage(f)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("image %s: %w", path, err)
	}
	return im, nil
}

var errNoImage = errors.New("damaged")

func readImage(f *os.File) (*Image, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	const fixed = int64(8 + len(imageMagic))
	tail := make([]byte, fixed)
	if _, err := f.ReadAt(tail, info.Size()-int64(len(tail))); err != nil || string(tail[8:]) != imageMagic {
		return nil, errNoImage
	}
	size := int64(binary.LittleEndian.Uint64(tail))
	length := info.Size() - size - fixed
	if size <= 0 || size%wasmPage != 0 || size > 4<<30 || length < 0 || length > 1<<16 {
		return nil, errNoImage
	}
	im := &Image{file: f, size: size}
	text := make([]byte, length)
	if _, err := io.ReadFull(io.NewSectionReader(f, size, length), text); err != nil {
		return nil, errNoImage
	}
	if json.Unmarshal(text, &im.globals) != nil {
		return nil, errNoImage
	}
	return im, nil
}

// Close frees the Image. Instances that have started from it go on.
func (im *Image) Close() error {
	if im.file == nil {
		return nil
	}
	return im.file.Close()
}

// mapped puts the Image at the beginning of b, which was mapped: shared with
// the file until it is written to.
func (im *Image) mapped(b []byte) error {
	if im.file == nil {
		for at := 0; at < len(im.memory); at += wasmPage {
			if page := im.memory[at : at+wasmPage]; !bytes.Equal(page, zeros[:]) {
				copy(b[at:], page)
			}
		}
		return nil
	}
	_, err := unix.MmapPtr(int(im.file.Fd()), 0, unsafe.Pointer(&b[0]), uintptr(im.size),
		unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_FIXED)
	return err
}

// read copies the Image to the beginning of b.
func (im *Image) read(b []byte) error {
	if im.file == nil {
		copy(b, im.memory)
		return nil
	}
	_, err := im.file.ReadAt(b[:im.size], 0)
	return err
}

var zeros [wasmPage]byte

// Freeze starts a guest and makes an Image of it at the moment when it asks
// for the status of the file "freeze" (package wasi, DeviceDir), which ends
// it. Of the module's mutable globals the Image has those named.
func (m *Loaded) Freeze(ctx context.Context, s Spec, globals ...string) (*Image, error) {
	var im *Image
	s.freeze = func(mod api.Module) {
		memory, _ := mod.Memory().Read(0, mod.Memory().Size())
		im = NewImage(append([]byte(nil), memory...), map[string]uint64{})
		for _, name := range globals {
			im.globals[name] = mod.ExportedGlobal(name).Get()
		}
	}
	i, err := m.Start(ctx, s)
	if err != nil {
		return nil, err
	}
	if x := i.Wait(); im == nil {
		return nil, fmt.Errorf("the guest was not frozen: it %s with code %d %s%s", x.Why, x.Code, x.Limit, x.Detail)
	}
	return im, nil
}

// wake makes a new instance what its Image was, and calls its entry.
func (i *Instance) wake(ctx context.Context, mod api.Module, s Spec) error {
	grow := s.Image.size - int64(mod.Memory().Size())
	if grow < 0 {
		return errors.New("image: smaller than the module's memory")
	}
	if _, ok := mod.Memory().Grow(uint32(grow / wasmPage)); !ok {
		return errNoRoom
	}
	if i.memory.fault != nil {
		return fmt.Errorf("image: %w", i.memory.fault)
	}
	for name, v := range s.Image.globals {
		g, ok := mod.ExportedGlobal(name).(api.MutableGlobal)
		if !ok {
			return fmt.Errorf("image: the module exports no mutable global %q", name)
		}
		g.Set(v)
	}
	fn := mod.ExportedFunction(s.Entry.Func)
	if fn == nil {
		return fmt.Errorf("image: the module exports no function %q", s.Entry.Func)
	}
	_, err := fn.Call(ctx, s.Entry.Args...)
	return err
}

// errNoRoom says that the limit of memory is smaller than the Image.
var errNoRoom = errors.New("image: it does not fit the limit of memory")
