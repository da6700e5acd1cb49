// Package abi is the vocabulary that guest and host share: error numbers,
// address families, socket types, options, flags, the layout of addresses
// and of WASI's subscriptions, and the table of every host function.
//
// Error numbers are those of WASI preview 1, since every guest's C library
// already speaks them. Families, types, options, levels and flags carry
// Linux's values, so that a program prints what it prints natively and a
// student who looks in /usr/include finds the same number. A sockaddr has
// Linux's layout: family in host order (little endian), port in network
// order.
//
// Everything here is data. The C header, the Python and Go constants and
// ABI.md are generated from it; see the gen folder.
package abi

//go:generate go run ./gen

// Module is the name that guests import the socket functions from.
const Module = "socklab"

// WASI is the name of the module of WASI preview 1.
const WASI = "wasi_snapshot_preview1"
