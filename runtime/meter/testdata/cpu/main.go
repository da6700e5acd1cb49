// Command cpu keeps the processor busy and prints what came of it:
//
//	cpu sha256|sort|map|calls|copy|sieve|text|all AMOUNT
package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
)

var work = []struct {
	name string
	run  func(n int) uint64
}{
	{"sha256", func(n int) uint64 {
		sum := sha256.Sum256(nil)
		block := make([]byte, 4096)
		for range n * 60 {
			copy(block, sum[:])
			sum = sha256.Sum256(block)
		}
		return uint64(sum[0])
	}},
	{"sort", func(n int) uint64 {
		x, s := uint32(1), make([]int, 1000)
		for range n * 25 {
			for i := range s {
				x = x*1664525 + 1013904223
				s[i] = int(x >> 8)
			}
			sort.Ints(s)
		}
		return uint64(s[500])
	}},
	{"map", func(n int) uint64 {
		m := map[uint32]int{}
		x := uint32(1)
		for range n * 20000 {
			x = x*1664525 + 1013904223
			m[x>>20]++
		}
		return uint64(len(m))
	}},
	{"calls", func(n int) uint64 { return fib(23 + n/10) }},
	{"copy", func(n int) uint64 {
		a, b := make([]byte, 100), make([]byte, 100)
		for i := range n * 40000 {
			copy(a[i%50:], b[:i%50])
		}
		return uint64(len(a))
	}},
	{"sieve", func(n int) uint64 {
		var count uint64
		for range n {
			s := make([]bool, 200000)
			for i := 2; i < len(s); i++ {
				if !s[i] {
					count++
					for j := i * 2; j < len(s); j += i {
						s[j] = true
					}
				}
			}
		}
		return count
	}},
	{"text", func(n int) uint64 {
		var b strings.Builder
		for i := range n * 500 {
			fmt.Fprintf(&b, "%d:%s ", i, strconv.Quote("x"))
		}
		return uint64(len(strings.Fields(b.String())))
	}},
}

//go:noinline
func fib(n int) uint64 {
	if n < 2 {
		return uint64(n)
	}
	return fib(n-1) + fib(n-2)
}

func main() {
	n, err := strconv.Atoi(os.Args[2])
	if err != nil {
		panic(err)
	}
	for _, w := range work {
		if os.Args[1] == w.name || os.Args[1] == "all" {
			fmt.Println(w.name, w.run(n))
		}
	}
}
