//go:build !linux

package watch

// unnotified returns "": kqueue(2) is told of every change it can be told of.
func unnotified(dir string) string { return "" }
