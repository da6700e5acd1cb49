package fault

import (
	"fmt"
	"time"
)

// Effect is what happens to a datagram.
type Effect string

// The effects.
const (
	Drop    Effect = "drop"    // it is lost
	Dup     Effect = "dup"     // it comes twice
	Late    Effect = "late"    // it comes later
	Reorder Effect = "reorder" // it comes after the next one, or after reorderMax
)

// reorderMax is how long a datagram waits for the one that is to overtake it.
const reorderMax = 100 * time.Millisecond

// Datagram does something to datagrams of UDP, on their way in or out. They
// are counted from 1 in each direction.
type Datagram struct {
	Effect Effect
	Call   string // recv: those that arrive; send: those that leave
	Which  Which
	For    time.Duration // how late
}

// String is the text form: drop=recv:2, dup=send:20%, late=recv:1:50ms.
func (r Datagram) String() string {
	s := fmt.Sprintf("%s=%s:%s", r.Effect, canonical(r.Call), r.Which)
	if r.Effect == Late {
		s += ":" + r.For.String()
	}
	return s
}

// Licence says why.
func (r Datagram) Licence() string {
	switch r.Effect {
	case Drop:
		return "UDP promises no delivery"
	case Dup:
		return "UDP may deliver a datagram twice"
	case Late:
		return "UDP promises no time"
	}
	return "UDP promises no order"
}

func (r Datagram) check() error {
	switch r.Effect {
	case Drop, Dup, Reorder:
		if r.For != 0 {
			return fmt.Errorf("only a late datagram has a time")
		}
	case Late:
		if err := checkTime(r.For); err != nil {
			return err
		}
	default:
		return fmt.Errorf("no effect %q", r.Effect)
	}
	if o, ok := opOf(r.Call); !ok || o != opSend && o != opRecv {
		return fmt.Errorf("datagrams come by recv and leave by send")
	}
	return r.Which.check()
}

func (r Datagram) attach(s *socket) effect {
	if s.mail == nil {
		return nil
	}
	if o, _ := opOf(r.Call); o == opSend {
		s.mail.out = append(s.mail.out, r)
	} else {
		s.mail.in = append(s.mail.in, r)
	}
	return nil
}

// fate is the first of the rules that the nth datagram meets, nil if none.
func (s *socket) fate(rules []Datagram, direction int) *Datagram {
	nth := s.f.packets[direction].Add(1)
	for i := range rules {
		if rules[i].Which.hits(nth, s.f) {
			return &rules[i]
		}
	}
	return nil
}

func parseDatagram(e Effect, v string) (Rule, error) {
	n := 2
	if e == Late {
		n = 3
	}
	p, err := fields(v, n, n)
	if err != nil {
		return nil, err
	}
	r := Datagram{Effect: e, Call: canonical(p[0])}
	if r.Which, err = parseWhich(p[1]); err == nil && e == Late {
		r.For, err = parseTime(p[2])
	}
	return r, err
}
