// Command small counts words, as a beginner's program would.
package main

import (
	"bufio"
	"fmt"
	"os"
	"sort"
	"strings"
)

const text = `the quick brown fox jumps over the lazy dog
and the dog sleeps while the fox runs over the hill`

func main() {
	count := map[string]int{}
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		for _, w := range strings.Fields(lines.Text()) {
			count[w]++
		}
	}
	var words []string
	for w := range count {
		words = append(words, w)
	}
	sort.Strings(words)
	for _, w := range words {
		fmt.Printf("%-8s %d\n", w, count[w])
	}
	if len(words) == 0 {
		os.Exit(1)
	}
}
