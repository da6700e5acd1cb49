// Package conformance holds the same small programs in Go, Python and C. Each
// holds both ends of its conversation in one process, and each case has one
// trace and one output that all three languages must produce, in the sandbox;
// natively they print the same.
//
// The package itself is what makes traces of different languages, and of
// different runs, comparable: [Text] writes one, and [Rules] is all that it
// leaves out or renames, with the reasons. A call that one language makes and
// another does not is no such rule: it is a fault of that language's library.
package conformance

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"socklab/host/abi"
	"socklab/host/trace"
)

// Rule is one thing about a trace that is not compared as it stands.
type Rule struct {
	Languages string // whose traces it changes
	What, Why string
	apply     func(*names, *trace.Call) (keep bool) // nil: line does it
}

// Rules are applied to each call in this order.
var Rules = []Rule{
	{"all", "a descriptor is `s1`, `s2` …, in the order in which sockets were made",
		"the numbers begin at 3 in Python, and at 4 in Go and C, which have their folder at 3", nil},
	{"all", "a port that the system chose is `port1`, `port2` …",
		"port 0 asks for any", (*names).ports},
	{"all", "what is printed is left out", "it is compared as text; libraries buffer it differently", (*names).printing},
	{"all", "times, TCP states, the bytes that wait in the kernel, and reasons in words are left out",
		"they tell what the kernel has come to by then, not what the program did", (*names).moments},
	{"Python", "`send` and `recv` are `sendto` and `recvfrom`, with flags",
		"a plain send or receive of Python is one short call of the host, which the trace tells as Python's programs have it", (*names).plain},
}

// Text is a trace with its Rules applied: a line a call, as strace has it.
func Text(calls trace.Calls) string {
	n := &names{sockets: map[int]string{}, types: map[int]int64{}, chosen: map[port]string{}}
	var text strings.Builder
next:
	for _, e := range calls {
		c := e.Call
		c.Args = append([]trace.Arg(nil), c.Args...)
		for _, r := range Rules {
			if r.apply != nil && !r.apply(n, &c) {
				continue next
			}
		}
		text.WriteString(n.line(e.Kind, c) + "\n")
	}
	return text.String()
}

// names are those that descriptors and ports have been given.
type names struct {
	sockets map[int]string // by descriptor, while it is open
	types   map[int]int64  // SOCK_STREAM, SOCK_DGRAM
	made    int            // how many sockets there have been
	chosen  map[port]string
	named   int     // how many ports
	passing []int64 // the types of sockets that were sent, and not received yet
}

// port is a port's number, which streams and datagrams have each their own of.
type port struct {
	typ    int64
	number string
}

var (
	inet   = regexp.MustCompile(`^([0-9.]+|\[.*\]):([0-9]+)$`)
	rights = regexp.MustCompile(`SCM_RIGHTS( [0-9]+)+`)
	quoted = regexp.MustCompile(`"(([0-9.]+|\[[0-9a-f:.]+\]):port[0-9]+)"`) // since it is no address now
)

func (n *names) ports(c *trace.Call) bool {
	for i := range c.Args {
		a := &c.Args[i]
		m := inet.FindStringSubmatch(a.Str)
		if a.As != abi.AsAddr || m == nil || m[2] == "0" {
			continue
		}
		p := port{n.types[c.FD], m[2]}
		// A caller may have the number of one who has hung up.
		if a.Kind == abi.Out && (n.chosen[p] == "" || c.Is("accept")) {
			n.named++
			n.chosen[p] = fmt.Sprintf("port%d", n.named)
		}
		if name := n.chosen[p]; name != "" { // else it is the program's own choice
			a.Str = m[1] + ":" + name
		}
	}
	return true
}

func (n *names) printing(c *trace.Call) bool { return c.Sock != 0 || c.Name != "write" }

func (n *names) moments(c *trace.Call) bool {
	c.Start, c.Took, c.Blocked = time.Time{}, 0, 0
	c.State, c.Queued, c.Note = "", -1, ""
	return true
}

func (n *names) plain(c *trace.Call) bool {
	name := map[string]string{"send": "sendto", "recv": "recvfrom"}[c.Name]
	if name == "" {
		return true
	}
	c.Name = name
	if _, told := c.Arg("flags"); !told {
		c.Args = append(c.Args, trace.Arg{Name: "flags", Kind: abi.Int, As: abi.AsMsgFlags})
	}
	return true
}

// line writes a call, and keeps the names of descriptors up to date.
func (n *names) line(kind trace.Kind, c trace.Call) string {
	fd, ret := c.FD, fmt.Sprint(c.Ret)
	c.FD, c.Guest, c.Seq = -1, "", 0
	text := trace.Event{Kind: kind, Call: c}.Text(time.Time{})
	_, text, _ = strings.Cut(text, "] ")
	text = strings.Replace(text, " <0.000000>", "", 1)
	text = quoted.ReplaceAllString(text, "$1")
	call, arguments, _ := strings.Cut(text, "(")
	if fd >= 0 {
		if !strings.HasPrefix(arguments, ")") {
			arguments = ", " + arguments
		}
		arguments = n.socket(fd) + arguments
	}
	if kind == trace.Exit && c.OK() {
		typ, ok := c.Arg("type")
		if !ok {
			typ.Int = n.types[fd]
		}
		switch c.Name {
		case "socket", "accept", "dup":
			arguments = strings.TrimSuffix(arguments, ret) + n.open(int(c.Ret), typ.Int)
		case "socketpair":
			fd0, fd1, _ := c.Pair()
			arguments = strings.TrimSuffix(arguments, fmt.Sprintf("[%d, %d]) = %s", fd0, fd1, ret)) +
				fmt.Sprintf("[%s, %s]) = 0", n.open(fd0, typ.Int), n.open(fd1, typ.Int))
		case "sendmsg", "recvmsg":
			arguments = rights.ReplaceAllStringFunc(arguments, func(list string) string { return n.rights(c.Name, list) })
		case "close":
			delete(n.sockets, fd)
		}
	}
	if c.Is("poll") {
		var waited []string
		for _, a := range c.Args {
			if a.Kind == abi.FD {
				waited = append(waited, n.socket(int(a.Int))+":"+a.Str)
			}
		}
		_, rest, _ := strings.Cut(arguments, "}")
		arguments = "{" + strings.Join(waited, " ") + "}" + rest
	}
	return call + "(" + arguments
}

// rights names the descriptors that a message passes, "SCM_RIGHTS 5 6": those
// that come are new ones.
func (n *names) rights(call, list string) string {
	words := strings.Fields(list)
	for i, w := range words[1:] {
		fd, _ := strconv.Atoi(w)
		if words[i+1] = n.socket(fd); call == "sendmsg" {
			n.passing = append(n.passing, n.types[fd])
		} else if len(n.passing) > 0 {
			words[i+1] = n.open(fd, n.passing[0])
			n.passing = n.passing[1:]
		}
	}
	return strings.Join(words, " ")
}

func (n *names) open(fd int, typ int64) string {
	n.made++
	n.types[fd] = typ
	n.sockets[fd] = fmt.Sprintf("s%d", n.made)
	return n.sockets[fd]
}

func (n *names) socket(fd int) string {
	if name := n.sockets[fd]; name != "" {
		return name
	}
	return fmt.Sprint(fd)
}
