package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

func init() {
	cases["http"] = httpServer
	cases["ticker"] = ticker
	cases["stdin"] = stdin
	cases["busy"] = busy
}

func httpServer() {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /upper", func(w http.ResponseWriter, r *http.Request) {
		b := must(io.ReadAll(r.Body))
		io.WriteString(w, strings.ToUpper(string(b)))
	})
	mux.HandleFunc("GET /slow", func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	l := listen()
	s := &http.Server{Handler: mux}
	done := make(chan error)
	go func() { done <- s.Serve(l) }()
	url := "http://" + l.Addr().String()
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			for j := range 5 {
				msg := fmt.Sprintf("message %d.%d", i, j)
				r := must(http.Post(url+"/upper", "text/plain", strings.NewReader(msg)))
				b := must(io.ReadAll(r.Body))
				r.Body.Close()
				if string(b) != strings.ToUpper(msg) {
					panic(string(b))
				}
			}
		})
	}
	wg.Wait()
	r := must(http.Get(url + "/nothing"))
	fmt.Println(r.Status, r.Header.Get("Content-Type"))
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer cancel()
	req := must(http.NewRequestWithContext(ctx, "GET", url+"/slow", nil))
	_, err := http.DefaultClient.Do(req)
	show("slow", err)
	http.DefaultClient.CloseIdleConnections()
	show("shutdown", s.Shutdown(context.Background()))
	fmt.Println(<-done)
	_, err = http.Get(url)
	show("gone", err)
}

// Goroutines that wait in every kind of call, and one that ticks.
func ticker() {
	c, _ := pair()
	l := listen()
	go c.Read(make([]byte, 1))
	go l.Accept()
	go os.Stdin.Read(make([]byte, 1))
	t := time.NewTicker(5 * time.Millisecond)
	for range 5 {
		<-t.C
		fmt.Println("tick")
	}
}

func stdin() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		fmt.Printf("%q\n", lines.Text())
	}
	show("end", lines.Err())
}

// Two goroutines that keep each other busy, and one that writes without ever
// having to wait, hold up nobody.
func busy() {
	c, s := pair()
	ping, pong := make(chan int), make(chan int)
	go func() {
		for n := range ping {
			pong <- n
		}
	}()
	go func() {
		for {
			ping <- 1
			<-pong
		}
	}()
	go func() {
		for {
			if _, err := c.Write([]byte("x")); err != nil {
				return
			}
		}
	}()
	must(io.ReadFull(s, make([]byte, 100)))
	fmt.Println("read")
	s.Close()
}
