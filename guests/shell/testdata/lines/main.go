// Runs its arguments as command lines, and prints what they did as JSON.
package main

import (
	"encoding/json"
	"os"

	"socklab/socket"
)

type result struct {
	Output string
	Status int
	Error  string
}

func main() {
	var all []result
	for _, line := range os.Args[1:] {
		out, status, err := socket.Command(line)
		r := result{Output: string(out), Status: status}
		if err != nil {
			r.Error = err.Error()
		}
		all = append(all, r)
	}
	json.NewEncoder(os.Stdout).Encode(all)
}
