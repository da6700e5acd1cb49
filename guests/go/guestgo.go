// Package guestgo holds what Go guests are made with, as source text.
package guestgo

import "embed"

// SDK is the lessons' package: the folder socket.
//
//go:embed socket/*.go
var SDK embed.FS
