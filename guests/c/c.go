// Package guestc is what C guests are made with, as source text: headers that
// come before wasi-libc's own, and libsocket, the library behind them, which
// goes in front of libc and makes the host's calls.
//
// wasi-libc has the few socket calls of WASI preview 1, with numbers of its
// own. Here the headers have Linux's numbers and structures, as package abi
// does, so that a program reads, prints and behaves as it does natively; the
// constants and the declarations of the host's functions are generated from
// package abi. Only errno keeps wasi-libc's numbers, which are WASI's.
package guestc

import "embed"

// Files has two folders: include, and lib with the sources of libsocket.
//
//go:embed all:include lib
var Files embed.FS
