// Rune by rune, with a bufio.Reader, which waits for the rest of a character.
package main

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
)

func main() {
	size, _ := strconv.Atoi(os.Args[3])
	conn, err := net.Dial("tcp", os.Args[1]+":"+os.Args[2])
	if err != nil {
		os.Exit(1)
	}
	in := bufio.NewReaderSize(conn, size) // 16 at least
	var text strings.Builder
	for {
		r, _, err := in.ReadRune()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			os.Exit(1)
		}
		text.WriteRune(r)
	}
	os.Stdout.WriteString(text.String())
}
