package trace

import (
	"strings"
	"testing"
	"unicode"
)

// Whatever a file says, reading it ends with events or an error, and an
// event's line has nothing in it that a terminal would obey.
func FuzzRead(f *testing.F) {
	e := Event{Exit, recvCall("hello")}
	b, err := e.MarshalJSON()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(b) + "\n")
	f.Add(`{"kind":"enter","guest":"\u001b[2J","call":"recv\u0007","fd":3,"args":[{"name":"addr","kind":"in","as":"addr","str":"\u001b[1m"}],"note":"\r\n"}`)
	f.Add("\n\n{")
	f.Fuzz(func(t *testing.T, file string) {
		h := NewHistory(16)
		for e, err := range Read(strings.NewReader(file)) {
			if err != nil {
				break
			}
			h.Record(e)
			for _, r := range e.Text(epoch) {
				if unicode.IsControl(r) || r == '\u202e' {
					t.Fatalf("%q", e.Text(epoch))
				}
			}
		}
		calls := h.Calls()
		calls.Connections()
		calls.AfterEOF()
		calls.UnreadAtClose()
		calls.Bytes()
		for _, e := range calls {
			calls.Around(e.Ref(), 2, 1)
		}
	})
}
