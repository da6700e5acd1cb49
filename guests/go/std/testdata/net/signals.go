package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func init() { cases["signals"] = signals }

// signals prints a line whenever the next signal may come.
func signals() {
	c := make(chan os.Signal, 4)
	signal.Notify(c, os.Interrupt, syscall.SIGTERM)
	fmt.Println("ready", signal.Ignored(os.Interrupt))
	fmt.Println("heard", <-c)
	fmt.Println("heard", <-c)
	signal.Ignore(os.Interrupt)
	fmt.Println("ignores", signal.Ignored(os.Interrupt))
	fmt.Println("heard", <-c) // and nothing of the other
	signal.Notify(c, os.Interrupt)
	fmt.Println("ready", signal.Ignored(os.Interrupt))
	fmt.Println("heard", <-c)
	signal.Stop(c)
	fmt.Println("stopped")
	select {}
}
