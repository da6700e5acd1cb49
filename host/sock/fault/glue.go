package fault

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"socklab/host/abi"
	"socklab/host/sock"
)

// Glue holds back the bytes of a stream, from the first that comes, until so
// many pieces have come or so much time has passed; then they are delivered
// together. The peer's end of the stream ends the hold at once.
type Glue struct {
	Messages int           // 0: by time alone
	For      time.Duration // 0: glueMax
}

// glueMax bounds how long pieces that never come are waited for.
const glueMax = 200 * time.Millisecond

// String is the text form: glue=2, glue=50ms, glue=2,50ms.
func (r Glue) String() string {
	switch {
	case r.Messages == 0:
		return "glue=" + r.For.String()
	case r.For == 0:
		return "glue=" + strconv.Itoa(r.Messages)
	}
	return fmt.Sprintf("glue=%d,%s", r.Messages, r.For)
}

// Licence says why.
func (Glue) Licence() string {
	return "a stream has no message boundaries: what was sent in pieces may arrive as one"
}

func (r Glue) check() error {
	if r.Messages < 0 || r.Messages == 0 && r.For == 0 {
		return fmt.Errorf("it needs a number of messages or a time")
	}
	if r.For == 0 {
		return nil
	}
	return checkTime(r.For)
}

func (r Glue) attach(s *socket) effect {
	if !s.stream {
		return nil
	}
	if r.For == 0 {
		r.For = glueMax
	}
	return &gluer{idle: idle{r, s}, r: r}
}

type gluer struct {
	idle
	r     Glue
	began time.Time // of the hold
	seen  int       // bytes that were there at the last look
	came  int       // pieces
	free  int       // bytes that may be received without another hold
}

// tick is how often a hold that counts pieces looks again.
const tick = time.Millisecond

func (e *gluer) before(c *call) bool {
	if c.op != opRecv || !c.streamIO() {
		return false
	}
	expires := e.s.expiry(c)
	for {
		until, held := e.hold()
		if !held && !until.IsZero() && c.waits() { // nothing is there: wait for the first byte
			var b [1]byte
			n, _, _, err := e.s.Socket.Recv(c.ctx, b[:], abi.MSG_PEEK)
			if err != abi.OK {
				c.err = err
				return true
			}
			if n == 0 {
				return false
			}
			continue
		}
		if !held {
			return false
		}
		if !c.waits() {
			return c.fail(e.rule, abi.EAGAIN)
		}
		c.rule = e.rule
		if !time.Now().Before(expires) {
			return c.fail(e.rule, abi.EAGAIN)
		}
		if err := pause(c.ctx, min(time.Until(until), tick), e.s.done); err != abi.OK {
			return c.fail(e.rule, err)
		}
	}
}

// hold looks at what has come, and tells whether to hold it back and until
// when. With nothing there it is not held, but the time is set.
func (e *gluer) hold() (until time.Time, held bool) {
	n, err := e.s.Socket.Pending()
	state := e.s.Socket.Info().State
	e.s.mu.Lock()
	defer e.s.mu.Unlock()
	now := time.Now()
	switch {
	case err != abi.OK || e.free > 0 && n > 0:
		return time.Time{}, false
	case n == 0:
		e.began, e.seen, e.came, e.free = time.Time{}, 0, 0, 0
		if ended(state) {
			return time.Time{}, false
		}
		return now, false
	case e.began.IsZero():
		e.began = now
	}
	if n > e.seen {
		e.came++
		e.seen = n
	}
	until = e.began.Add(e.r.For)
	over := !now.Before(until) || e.r.Messages > 0 && e.came >= e.r.Messages
	if over || ended(state) {
		e.free = n
		return time.Time{}, false
	}
	return until, true
}

// ended reports whether the peer has sent its FIN, or worse.
func ended(state string) bool {
	switch state {
	case "CLOSE_WAIT", "LAST_ACK", "CLOSING", "TIME_WAIT", "CLOSE":
		return true
	}
	return false
}

func (e *gluer) after(c *call) {
	if c.op != opRecv {
		return
	}
	e.s.mu.Lock()
	defer e.s.mu.Unlock()
	if e.free -= c.n; e.free <= 0 {
		e.began, e.seen, e.came, e.free = time.Time{}, 0, 0, 0
	}
}

func (e *gluer) gate(want sock.Events) gating {
	if want&sock.Readable == 0 {
		return gating{}
	}
	if until, held := e.hold(); held {
		if soon := time.Now().Add(2 * tick); soon.Before(until) {
			until = soon // to look for pieces, and for the end
		}
		return holding(sock.Readable|sock.ReadHangup, until)
	}
	return gating{}
}

func parseGlue(v string) (Rule, error) {
	var r Glue
	first, rest, both := strings.Cut(v, ",")
	if n, err := number(first); err == nil {
		if r.Messages = n; !both {
			return r, nil
		}
		first = rest
	} else if both {
		return nil, err
	}
	var err error
	r.For, err = parseTime(first)
	return r, err
}
