package trace

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
)

// play records lines in the text form; a line that ends in "waiting" only
// enters its call.
func play(t *testing.T, h *History, lines string) {
	t.Helper()
	for line := range strings.Lines(lines) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		sock := uint64(0)
		if before, n, ok := strings.Cut(line, " @"); ok {
			line = before
			fmt.Sscan(n, &sock)
		}
		e, err := ParseText(line)
		require.NoError(t, err, line)
		e.Call.Sock = sock
		enter := e
		enter.Kind = Enter
		h.Record(enter)
		if e.Kind != Enter {
			h.Record(e)
		}
	}
}

const server = `
	0.000000 s[1] socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3 <0.000000> @1
	0.000100 s[2] bind(3, 127.0.0.1:9000) = 0 <0.000000> @1
	0.000200 s[3] listen(3, 5) = 0 <0.000000> LISTEN @1
	0.000300 s[4] accept(3, 127.0.0.1:40000) = 4 <0.000000> @1
	0.000400 s[5] recvfrom(4, "hello", 1024, 0) = 5 <0.000000> [0,5) ESTABLISHED @2
	0.000500 s[6] sendto(4, "HE", 5, 0) = 2 <0.000000> [0,2) @2
	0.000600 s[7] recvfrom(4, "", 1024, 0) = 0 <0.000000> CLOSE_WAIT queued 3 @2
	0.000700 s[8] recvfrom(4, "", 1024, 0) = 0 <0.000000> CLOSE_WAIT queued 3 @2
	0.000800 s[9] recvfrom(4, …, 1024, 0) = -1 ECONNRESET <0.000000> @2
`

func TestHistoryAnswersQuestions(t *testing.T) {
	h := NewHistory(0)
	play(t, h, server)
	calls := h.Calls()
	require.Len(t, calls, 9)
	require.Len(t, calls.Named("recv"), 4)
	require.Len(t, calls.On(2).Named("recv", "send"), 5)
	require.Equal(t, int64(7), calls.Bytes())
	require.Len(t, calls.On(2).AfterEOF(), 2)
	require.Len(t, calls.ShortSends(), 1)
	require.Len(t, calls.Connections(), 2)
	require.Equal(t, 9, calls.Busiest(time.Second))
	require.Equal(t, 2, calls.Busiest(200*time.Microsecond))
	require.Empty(t, h.Blocked())

	a := h.Activity("s")
	require.Equal(t, 9, a.Calls)
	require.Equal(t, 3, a.Useless)
	require.Equal(t, int64(7), a.Moved)
	require.Equal(t, 2, a.MaxOpen)
	require.Nil(t, a.Waits)

	open := h.Open("s")
	require.Len(t, open, 2)
	require.Equal(t, []int{3, 4}, []int{open[0].FD, open[1].FD})
	require.Equal(t, []uint64{1, 2}, []uint64{open[0].Sock, open[1].Sock})

	play(t, h, `0.001000 s[10] close(4) = 0 @2
		0.001100 s[11] accept(3) waiting @1`)
	require.Len(t, h.Open("s"), 1)
	require.Len(t, h.Calls().UnreadAtClose(), 1)
	require.Len(t, h.Blocked(), 1)
	require.Equal(t, "accept", h.Activity("s").Waits.Name)

	play(t, h, `0.001100 s[11] accept(3) = ? <0.5> @1`[:0]) // nothing: an empty script is allowed
	h.Record(Event{Abort, Call{Seq: 11, Guest: "s", Name: "accept", FD: 3}})
	require.Empty(t, h.Blocked())
	require.Equal(t, Abort, h.Calls()[10].Kind)
}

func TestDupAndSocketpairCountAsOpen(t *testing.T) {
	h := NewHistory(0)
	play(t, h, `
		0.000000 s[1] socketpair(AF_UNIX, SOCK_STREAM, IPPROTO_IP, [3, 4]) = 3 @0
		0.000000 s[2] dup(3) = 5 @1
		0.000000 s[3] close(3) = 0 @1
		0.000000 s[4] socket(AF_CAN, SOCK_STREAM, IPPROTO_IP) = -1 EAFNOSUPPORT`)
	open := h.Open("s")
	require.Len(t, open, 2)
	require.Equal(t, []int{4, 5}, []int{open[0].FD, open[1].FD})
	require.Equal(t, 3, h.Activity("s").MaxOpen)
}

func TestAroundPrefersTheRowsOwnSocket(t *testing.T) {
	h := NewHistory(0)
	play(t, h, server)
	names := func(c Calls) (s []string) {
		for _, e := range c {
			s = append(s, fmt.Sprint(e.Seq, e.Name))
		}
		return s
	}
	require.Equal(t, []string{"4accept", "5recvfrom", "6sendto"}, names(h.Calls().Around(Ref{"s", 5}, 1, 1)))
	require.Equal(t, []string{"1socket", "2bind", "3listen", "4accept"}, names(h.Calls().Around(Ref{"s", 3}, 2, 1)))
	require.Nil(t, h.Calls().Around(Ref{"nobody", 1}, 2, 2))
}

func TestHistoryKeepsTheFirstAndTheNewest(t *testing.T) {
	h := NewHistory(8)
	for i := range uint64(20) {
		h.Record(Event{Enter, Call{Seq: i + 1, Guest: "s", Name: "recv"}})
		h.Record(Event{Exit, Call{Seq: i + 1, Guest: "s", Name: "recv"}})
	}
	var seqs []uint64
	for _, e := range h.Calls() {
		seqs = append(seqs, e.Seq)
		require.Equal(t, Exit, e.Kind)
	}
	require.Equal(t, []uint64{1, 2, 3, 4, 5, 6, 19, 20}, seqs)
	require.Equal(t, 12, h.Dropped())
	require.Equal(t, 20, h.Activity("s").Calls)
}

func TestWaitForSeesWhatIsThereAndWhatComes(t *testing.T) {
	h := NewHistory(0)
	listening := func(e *Entry) bool { return e.Name == "listen" && e.Kind == Exit && e.OK() }
	got := make(chan Entry)
	go func() {
		e, _ := h.WaitFor(t.Context(), listening)
		got <- e
	}()
	play(t, h, server)
	require.Equal(t, uint64(3), (<-got).Seq)

	e, err := h.WaitFor(t.Context(), listening)
	require.NoError(t, err)
	require.Equal(t, uint64(3), e.Seq)

	ctx, cancel := context.WithCancelCause(t.Context())
	ended := errors.New("the guest has ended")
	cancel(ended)
	_, err = h.WaitFor(ctx, func(*Entry) bool { return false })
	require.ErrorIs(t, err, ended)
}

func TestHistoryServesManyGuestsAtOnce(t *testing.T) {
	h := NewHistory(100)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range uint64(200) {
				c := Call{Seq: i + 1, Guest: fmt.Sprint(g), Name: "recv"}
				h.Record(Event{Enter, c})
				h.Calls()
				h.Blocked()
				h.Record(Event{Exit, c})
			}
		})
	}
	wg.Wait()
	require.Equal(t, 8*200-100, h.Dropped())
	require.Equal(t, uint64(8*400), h.Activity("0").Events)
}

func TestJSONLinesKeepEverything(t *testing.T) {
	c := recvCall("hello")
	c.Sock, c.To, c.State, c.Queued, c.Injected, c.Note, c.Blocked = 3, 5, "ESTABLISHED", 0, "cap(5)", "why", 2
	c.Args[3].Str = "\xff"
	failed := recvCall("")
	failed.Err, failed.Ret, failed.Data = abi.ECONNRESET, -1, nil
	noname := Call{Guest: "r", Name: "getaddrinfo", FD: -1, EAI: abi.EAI_NONAME, Ret: -1, Start: at(0)}

	var buf bytes.Buffer
	lines := NewLines(&buf)
	want := []Event{{Enter, c}, {Exit, c}, {Exit, failed}, {Abort, noname}}
	for _, e := range want {
		lines.Record(e)
	}
	require.NoError(t, lines.Err())
	var got []Event
	for e, err := range Read(&buf) {
		require.NoError(t, err)
		got = append(got, e)
	}
	require.Equal(t, want, got)

	for line, msg := range map[string]string{
		"{}\n":                                "kind of event",
		`{"kind":"exit","errno":"EBOGUS"}`:    "unknown error",
		`{"kind":"exit","args":[{"as":"?"}]}`: "unknown kind",
		"\n\nnonsense":                        "line 3",
		strings.Repeat("x", maxLine+1):        "more than",
	} {
		for _, err := range Read(strings.NewReader(line)) {
			require.ErrorContains(t, err, msg, line[:min(len(line), 40)])
		}
	}
}

func TestPrintingIsCountedApart(t *testing.T) {
	h := NewHistory(0)
	for seq, c := range []Call{{Name: "write", FD: 1, Ret: 3}, {Name: "write", FD: 5, Sock: 2, Ret: 3, To: 3}, {Name: "read", FD: 0, Ret: 1}} {
		c.Guest, c.Seq = "g", uint64(seq+1)
		h.Record(Event{Enter, c})
		h.Record(Event{Exit, c})
	}
	a := h.Activity("g")
	if a.Calls != 3 || a.Prints != 1 {
		t.Fatalf("%d calls, %d of them prints", a.Calls, a.Prints)
	}
}
