//go:build !linux

package grade

// resident is how much memory a process has; 0 says that nobody knows.
func resident(int) int64 { return 0 }
