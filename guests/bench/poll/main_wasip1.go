// Command poll asks which of many sockets are ready, one of them being so,
// and prints how many nanoseconds a question takes: a line for each round,
// over ten idle sockets and over a thousand. Its arguments are the number of
// rounds and of questions in each.
package main

import (
	"fmt"
	"log"
	"os"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

// subscription and event are poll_oneoff's. Source: WASI snapshot-01.
type subscription struct {
	userdata uint64
	kind     uint8
	_        [7]byte
	fd       uint32
	_        [28]byte
}

type event struct {
	userdata uint64
	errno    uint16
	kind     uint8
	_        [20]byte
}

const fdRead = 1

//go:wasmimport wasi_snapshot_preview1 poll_oneoff
//go:noescape
func pollOneoff(in, out unsafe.Pointer, n uint32, events *uint32) uint32

func main() {
	rounds, questions := number(1), number(2)
	const few, many = 10, 1000
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	must(err)
	must(syscall.Sendto(pair[1], []byte("x"), 0, nil))
	subs := []subscription{{kind: fdRead, fd: uint32(pair[0])}}
	for i := range many {
		idle, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
		must(err)
		subs = append(subs, subscription{userdata: uint64(i) + 1, kind: fdRead, fd: uint32(idle[0])})
	}
	for range rounds {
		a := ask(subs[:1+few], questions)
		b := ask(subs, questions)
		fmt.Println(a.Nanoseconds(), b.Nanoseconds())
	}
}

// ask returns how long one question takes.
func ask(subs []subscription, questions int) time.Duration {
	events := make([]event, len(subs))
	var n uint32
	begin := time.Now()
	for range questions {
		errno := pollOneoff(unsafe.Pointer(&subs[0]), unsafe.Pointer(&events[0]), uint32(len(subs)), &n)
		if errno != 0 || n != 1 || events[0].userdata != 0 {
			log.Fatal("poll_oneoff: ", errno, n, events[0].userdata)
		}
	}
	return time.Since(begin) / time.Duration(questions)
}

func number(arg int) int {
	n, err := strconv.Atoi(os.Args[arg])
	must(err)
	return n
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
