package fault

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
)

var examples = map[string]Rule{
	"cap=3":                    Cap{Sizes{{3, 3}}},
	"cap=3,1-5":                Cap{Sizes{{3, 3}, {1, 5}}},
	"scap=1-700":               SendCap{Sizes{{1, 700}}},
	"cut=1,3,5":                Cut{[]int{1, 3, 5}},
	"glue=2":                   Glue{Messages: 2},
	"glue=50ms":                Glue{For: 50 * time.Millisecond},
	"glue=2,50ms":              Glue{2, 50 * time.Millisecond},
	"again=send:2":             Again{"send", 2},
	"fail=accept:3-9:EMFILE":   Fail{Call: "accept", Which: Which{Nth: []Range{{3, 9}}}, Err: abi.EMFILE},
	"fail=socket:*:EMFILE":     Fail{Call: "socket", Err: abi.EMFILE},
	"fail=recv:1/4:ECONNRESET": Fail{Call: "recv", Which: Nth(1, 4), Err: abi.ECONNRESET},
	"fail=getaddrinfo:2:EAI_AGAIN": Fail{
		Call: "getaddrinfo", Which: Nth(2), EAI: abi.EAI_AGAIN},
	"eintr=recv:2":                Interrupt{"recv", Nth(2)},
	"delay=recv:100ms":            Delay{Call: "recv", For: 100 * time.Millisecond},
	"delay=recv:2:1s":             Delay{"recv", Nth(2), time.Second},
	"wnd=16384,8192":              Window{16384, 8192},
	"drop=recv:2":                 Datagram{Effect: Drop, Call: "recv", Which: Nth(2)},
	"dup=send:20%":                Datagram{Effect: Dup, Call: "send", Which: Which{Percent: 20}},
	"late=recv:*:50ms":            Datagram{Effect: Late, Call: "recv", For: 50 * time.Millisecond},
	"reorder=recv:3":              Datagram{Effect: Reorder, Call: "recv", Which: Nth(3)},
	"spurious=3":                  Spurious{3},
	"hole=127.0.0.1:9000":         Hole{netip.MustParseAddrPort("127.0.0.1:9000")},
	"hole=[::1]:9000":             Hole{netip.MustParseAddrPort("[::1]:9000")},
	"hole=::1":                    Hole{netip.AddrPortFrom(netip.IPv6Loopback(), 0)},
	"reset=recv:100":              Reset{"recv", 100},
	"stall=65536":                 Stall{65536},
	"fresh":                       Fresh{},
	"delay=accept:1:500ms":        AcceptDelay(500 * time.Millisecond),
	"fail=connect:*:EHOSTUNREACH": Fail{Call: "connect", Err: abi.EHOSTUNREACH},
}

func TestTextFormsRoundTrip(t *testing.T) {
	seen := map[string]bool{}
	for text, rule := range examples {
		got, err := Parse(text)
		require.NoError(t, err, text)
		require.Equal(t, []Rule{rule}, got, text)
		require.Equal(t, text, rule.String())
		require.NotEmpty(t, rule.Licence())
		name, _, _ := strings.Cut(text, "=")
		seen[name] = true
	}
	for name, form := range forms {
		got, err := Parse(form.example)
		require.NoError(t, err, name)
		require.Len(t, got, 1)
		require.True(t, seen[name] || name == "accept_delay", "%s has no example here", name)
	}
}

func TestParseOtherSpellings(t *testing.T) {
	for spec, want := range map[string]string{
		"":                             "",
		"cap=3,scap=2":                 "cap=3 scap=2",
		"cut=10,20,cap=1":              "cut=10,20 cap=1",
		"cap=3;cut=1;":                 "cap=3 cut=1",
		" cap=3\n cut=1 ":              "cap=3 cut=1",
		"fresh,cap=1,2":                "fresh cap=1,2",
		"cap=1,fresh":                  "cap=1 fresh",
		"wnd=16k":                      "wnd=16384,16384",
		"fail=read:1:EINTR":            "fail=recv:1:EINTR",
		"again=sendto:1":               "again=send:1",
		"accept_delay=500ms":           "delay=accept:1:500ms",
		"delay=recvfrom:20":            "delay=recv:20ms",
		"fail=recvfrom:3:ECONNREFUSED": "fail=recv:3:ECONNREFUSED",
	} {
		rules, err := Parse(spec)
		require.NoError(t, err, spec)
		var texts []string
		for _, r := range rules {
			texts = append(texts, r.String())
		}
		require.Equal(t, want, strings.Join(texts, " "), spec)
	}
}

func TestParseErrorsSayWhatIsWrong(t *testing.T) {
	for spec, want := range map[string]string{
		"nonsense":               `"nonsense" is not a fault: NAME=VALUE, such as cap=3`,
		"3":                      `"3" is not a fault: NAME=VALUE, such as cap=3`,
		"capp=3":                 `no fault is called "capp"`,
		"cap=":                   `cap=: "" is not a number (as in cap=3)`,
		"cap=0":                  `cap=0: 0 is no number of bytes: a call that succeeds moves 1 at least (as in cap=3)`,
		"cap=5-2":                `cap=5-2: "5-2" counts backwards (as in cap=3)`,
		"cut=5,3":                `cut=5,3: offsets are counted from 1 and go up (as in cut=10,20)`,
		"fail=recv:2":            `fail=recv:2: "recv:2" has 2 parts between colons (as in fail=recv:2:ECONNRESET)`,
		"fail=fly:2:EIO":         `fail=fly:2:EIO: no call is called "fly" (as in fail=recv:2:ECONNRESET)`,
		"fail=recv:2:EWHAT":      `fail=recv:2:EWHAT: no error is called "EWHAT" (as in fail=recv:2:ECONNRESET)`,
		"fail=recv:2:EAGAIN":     `fail=recv:2:EAGAIN: EAGAIN is for non-blocking sockets: use again=recv:1 (as in fail=recv:2:ECONNRESET)`,
		"fail=recv:2:EISDIR":     `recv does not fail with EISDIR: it may with ECONNRESET EINTR`,
		"fail=recv:0:EINTR":      `calls are counted from 1`,
		"fail=recv:0%:EINTR":     `"0%" is no share of calls`,
		"fail=recv:101%:EINTR":   `"101%" is no share of calls`,
		"delay=recv:soon":        `"soon" is not a time such as 50ms`,
		"delay=recv:2h":          `a time must be above zero and at most a minute`,
		"hole=8.8.8.8:53":        `a hole is an address of loopback's`,
		"hole=here":              `"here" is no address`,
		"eintr=recv:*":           `say which calls`,
		"glue=x":                 `"x" is not a time`,
		"glue=50ms,2":            `is not a`,
		"drop=accept:1":          `datagrams come by recv and leave by send`,
		"late=recv:1":            `has 2 parts between colons`,
		"stall=99999999999m":     `is not a number`,
		"fresh=1":                `it takes no value`,
		"spurious=-1":            `is not a number`,
		"fail=getaddrinfo:1:EIO": `getaddrinfo fails with one of EAI_AGAIN`,
	} {
		_, err := Parse(spec)
		require.ErrorContains(t, err, want, spec)
	}
}

func FuzzParse(f *testing.F) {
	for text := range examples {
		f.Add(text)
	}
	f.Add("cap=3,scap=2;cut=1 fresh,,;")
	f.Fuzz(func(t *testing.T, spec string) {
		rules, err := Parse(spec)
		if err != nil {
			return
		}
		var texts []string
		for _, r := range rules {
			texts = append(texts, r.String())
		}
		again, err := Parse(strings.Join(texts, ";"))
		require.NoError(t, err)
		require.Equal(t, rules, again)
		if _, err := New(native, 0, rules...); err != nil {
			t.Fatal("what parses is legal: ", err)
		}
	})
}

func TestEachExampleIsARule(t *testing.T) {
	require.Len(t, Examples(), len(forms))
	for _, text := range Examples() {
		_, err := Parse(text)
		require.NoError(t, err, text)
	}
}
