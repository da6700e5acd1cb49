// Command cpu keeps the processor busy in a few ways, one after another, and
// prints of each its name and how many nanoseconds it took, with what came of
// it. Its argument is how many times.
package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
	"time"
)

var work = []struct {
	name string
	run  func() int
}{
	{"sha256", hash},
	{"sort", sorts},
	{"map", counts},
	{"calls", func() int { return fib(25) }},
	{"sieve", sieve},
	{"text", text},
}

func main() {
	n, err := strconv.Atoi(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	for _, w := range work {
		begin := time.Now()
		sum := 0
		for range n {
			sum += w.run()
		}
		fmt.Println(w.name, time.Since(begin).Nanoseconds(), sum)
	}
}

func hash() int {
	block := make([]byte, 4096)
	sum := sha256.Sum256(block)
	for range 100 {
		copy(block, sum[:])
		sum = sha256.Sum256(block)
	}
	return int(sum[0])
}

func sorts() int {
	x, s := uint32(1), make([]int, 2000)
	for range 10 {
		for i := range s {
			x = x*1664525 + 1013904223
			s[i] = int(x >> 8)
		}
		sort.Ints(s)
	}
	return s[0]
}

func counts() int {
	m := map[uint32]int{}
	x := uint32(1)
	for range 100_000 {
		x = x*1664525 + 1013904223
		m[x>>20]++
	}
	return len(m)
}

//go:noinline
func fib(n int) int {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}

func sieve() int {
	count := 0
	composite := make([]bool, 400_000)
	for i := 2; i < len(composite); i++ {
		if composite[i] {
			continue
		}
		count++
		for j := 2 * i; j < len(composite); j += i {
			composite[j] = true
		}
	}
	return count
}

func text() int {
	var b strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&b, "%d:%s ", i, strconv.Quote("x"))
	}
	return len(strings.Fields(b.String()))
}
