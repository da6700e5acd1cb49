// expect: a1 SPOKE_HTTP

package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
)

func main() {
	r, err := http.Get("http://" + os.Args[1] + ":" + os.Args[2] + "/" + os.Args[3])
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	b, _ := io.ReadAll(r.Body)
	fmt.Println(string(b))
}
