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
// There is one process and one thread: fork, exec and alarm fail and say so,
// <pthread.h> and <sys/epoll.h> do not compile, system and popen have the
// sandbox's own shell. No signal comes unasked: Ctrl-C ends the program, and
// writing to a connection that the peer has closed is EPIPE, as if SIGPIPE were
// ignored; stdout that nobody reads any more ends it. Pointers and long have 32 bits, time_t has 64: %ld does not print a
// time. Address 0 can be read and written, so a null pointer is no crash; a
// stack that overflows is. stdout is line-buffered wherever it leads. poll looks
// only at what it was asked for: with no events in it, an entry is never told of
// a hangup. readv may fill the first buffer alone. setjmp is missing.
package guestc

import "embed"

// Files has two folders: include, and lib with the sources of libsocket.
//
//go:embed all:include lib
var Files embed.FS
