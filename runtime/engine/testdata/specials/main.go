//go:build wasip1

// Specials uses /dev/null and its like, and says what did not do as it must.
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
)

func main() {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666)
	expect(err == nil, "open for reading and writing:", err)
	n, err := null.Write(make([]byte, 3<<20))
	expect(n == 3<<20 && err == nil, "write takes everything:", n, err)
	n, err = null.Read(make([]byte, 10))
	expect(n == 0 && err == io.EOF, "read is at the end:", n, err)
	info, err := null.Stat()
	expect(err == nil && info.Mode()&os.ModeCharDevice != 0, "fstat:", info, err)
	expect(null.Close() == nil, "close")
	_, err = null.Write([]byte("x"))
	expect(err != nil, "write after close")
	info, err = os.Stat("/dev/null")
	expect(err == nil && info.Mode()&os.ModeCharDevice != 0, "stat:", info, err)

	b := bytes.Repeat([]byte{1}, 3<<20)
	zero, err := os.Open("/dev/../dev/./zero")
	expect(err == nil, "open:", err)
	n, err = io.ReadFull(zero, b)
	expect(n == len(b) && err == nil && bytes.Count(b, []byte{0}) == len(b), "zeros:", n, err)

	one, two := make([]byte, 32), make([]byte, 32)
	for name, into := range map[string][]byte{"random": one, "urandom": two} {
		f, err := os.Open("/dev/" + name)
		expect(err == nil, "open:", err)
		n, err := io.ReadFull(f, into)
		expect(n == 32 && err == nil, "read:", n, err)
	}
	expect(!bytes.Equal(one, two) && !bytes.Equal(one, make([]byte, 32)), "random bytes")

	for _, name := range []string{"/dev/nul", "/dev/tty", "/dev/mem", "/other/dev/null"} {
		_, err = os.Open(name)
		expect(err != nil, "there is no", name)
	}
	err = os.WriteFile("/dev/sda", nil, 0o666)
	expect(err != nil, "nothing is made in /dev")
}

func expect(ok bool, what ...any) {
	if !ok {
		fmt.Println(what...)
	}
}
