// Package guestc is what C guests are made with, as source text: headers that
// come before wasi-libc's own, and libsocket, the library behind them, which
// goes in front of libc and makes the host's calls.
//
// wasi-libc has the few socket calls of WASI preview 1, with numbers of its
// own. Here the headers have Linux's numbers and structures, as package abi
// does, so that a program reads, prints and behaves as it does natively; the
// constants and the declarations of the host's functions are generated from
// package abi. Only errno keeps wasi-libc's numbers, which are WASI's.
//
// # What is not as on Linux
//
// There is one process and one thread: fork, exec, pthread_create and alarm fail
// and say so, system and popen have the sandbox's own shell. No signal comes unasked: Ctrl-C ends the program, and
// writing to a connection that the peer has closed is EPIPE, as if SIGPIPE were
// ignored; stdout that nobody reads any more ends it. Pointers and long have 32 bits, time_t has 64: %ld does not print a
// time. Address 0 can be read and written, so a null pointer is no crash; a
// stack that overflows is. stdout is line-buffered wherever it leads. readv may
// fill the first buffer alone. setjmp does not compile:
// without exceptions, which no work can be counted of, it cannot be had.
//
// epoll is made of poll, in the library, and costs what poll costs. Closing a
// descriptor takes it out, even if dup has given its socket another number.
// EPOLLET tells an edge when Linux would, with these exceptions. A datagram or a
// connection to accept that already waits is told again after one was taken, and
// one that arrives before any was taken is not. More bytes of a stream are found
// by looking every few milliseconds, if what was there was not read to its end.
// An epoll instance in another has levels only.
package guestc

import "embed"

// Files has two folders: include, and lib with the sources of libsocket.
//
//go:embed all:include lib
var Files embed.FS
