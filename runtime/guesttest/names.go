package guesttest

import (
	"errors"
	"net"
	"testing"
)

// NameServer skips the test where no name server answers: natively, what is
// "there is no such name" in the sandbox is "try again later" there.
func NameServer(t testing.TB) {
	t.Helper()
	_, err := net.LookupHost("no-such-host.invalid")
	var failed *net.DNSError
	if errors.As(err, &failed) && !failed.IsNotFound {
		t.Skipf("a missing name is to be asked for natively, and no name server answers here: %v", err)
	}
}
