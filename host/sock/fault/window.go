package fault

import (
	"encoding/binary"
	"fmt"
	"strings"

	"socklab/host/abi"
)

// Window gives every stream small buffers, in bytes; 0 leaves one as it is.
// For the peer's side, decorate the peer's Stack too.
type Window struct{ Send, Recv int }

// String is the text form: wnd=16384,16384.
func (r Window) String() string { return fmt.Sprintf("wnd=%d,%d", r.Send, r.Recv) }

// Licence says why.
func (Window) Licence() string { return "how much the kernel buffers is the kernel's choice" }

func (r Window) check() error {
	const most = 1 << 30
	if r.Send < 0 || r.Recv < 0 || r.Send > most || r.Recv > most || r.Send+r.Recv == 0 {
		return fmt.Errorf("buffers are from 1 byte to %d", most)
	}
	return nil
}

func (r Window) attach(s *socket) effect {
	if s.stream {
		setSize(s, abi.SO_SNDBUF, r.Send)
		setSize(s, abi.SO_RCVBUF, r.Recv)
	}
	return nil
}

func setSize(s *socket, num int32, n int) {
	if n > 0 {
		// Half, since Linux takes twice what it is given: socket(7).
		s.Socket.SetOption(abi.Option{Level: abi.SOL_SOCKET, Num: num}, binary.LittleEndian.AppendUint32(nil, uint32((n+1)/2)))
	}
}

func parseWindow(v string) (Rule, error) {
	snd, rcv, both := strings.Cut(v, ",")
	if !both {
		rcv = snd
	}
	a, err := number(snd)
	if err != nil {
		return nil, err
	}
	b, err := number(rcv)
	return Window{a, b}, err
}
