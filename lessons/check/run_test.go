package check

import (
	"context"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"socklab/host/abi"
)

func upperASCII(b []byte) []byte {
	out := make([]byte, len(b))
	for i, c := range b {
		if c >= 'a' && c <= 'z' {
			c -= 32
		}
		out[i] = c
	}
	return out
}

func port(s string) (n int) {
	for _, c := range s {
		n = n*10 + int(c-'0')
	}
	return n
}

// upper is a correct server of lesson 05; each variant is one mistake.
func upper(mistake string) native {
	return func(p *proc) int {
		l := p.Socket()
		host, at := "127.0.0.1", port(p.Args[0])
		switch mistake {
		case "wildcard":
			host = "0.0.0.0"
		case "port":
			at++
		}
		p.Bind(l, host, at)
		if mistake == "no listen" {
			p.Sleep()
		}
		p.Listen(l, 5)
		for {
			c := p.Accept(l)
			var kept []byte
			for {
				b, errno := p.Recv(c, 1024)
				if mistake == "dies" {
					must(errno)
				}
				if errno != abi.OK {
					break
				}
				if len(b) == 0 {
					if mistake == "spin" {
						continue
					}
					break
				}
				if mistake == "late" {
					kept = append(kept, b...)
					continue
				}
				if mistake == "runs a command" && len(b) > 0 { // which is none
					p.Command(2 * grace)
				}
				if errno := p.Send(c, upperASCII(b)); errno != abi.OK {
					if mistake == "dies" {
						must(errno)
					}
					break
				}
			}
			if mistake == "late" {
				p.Send(c, upperASCII(kept))
			}
			if mistake == "one" {
				p.Close(c)
				return 0
			}
			if mistake != "keeps" {
				p.Close(c)
			}
		}
	}
}

func talk(mistake string) native {
	return func(p *proc) int {
		c := p.Socket()
		if p.Connect(c, p.Args[0], port(p.Args[1])) != abi.OK {
			return 1
		}
		for {
			line, ok := p.Line()
			if !ok {
				p.Close(c)
				return 0
			}
			if line == "" && mistake != "empty" {
				continue
			}
			if p.Send(c, []byte(line)) != abi.OK {
				return 1
			}
			var got []byte
			for len(got) < max(len(line), 1) {
				b, errno := p.Recv(c, 1024)
				if errno != abi.OK || len(b) == 0 {
					return 1
				}
				got = append(got, b...)
				if mistake == "one recv" {
					break
				}
			}
			p.Print(string(got))
		}
	}
}

func lesson05(t *testing.T) *Script {
	t.Helper()
	source, err := os.ReadFile("../05-echo-loop/check.star")
	require.NoError(t, err)
	s, err := Parse("check.star", source)
	require.NoError(t, err)
	return s
}

func run05(t *testing.T, server, client string) *Report {
	t.Helper()
	return lesson05(t).Run(context.Background(), &Submission{
		Language: "go",
		Programs: map[string]Program{"upper": upper(server), "talk": talk(client)},
	}, Options{Lesson: "05", Programs: []string{"upper", "talk"}})
}

// failures is what failed and why: "s3 SERVER_DIED".
func failures(t *testing.T, r *Report) (all []string) {
	for _, c := range r.Checks {
		require.Empty(t, c.Warnings, c.ID)
		switch c.Outcome {
		case Fail:
			all = append(all, c.ID+" "+c.Diagnosis.Code)
			t.Logf("%s (%v): %s\n%v", c.ID, c.Took, c.Diagnosis.Text(), c.Diagnosis.Calls)
		case Undecided:
			all = append(all, c.ID+" undecided: "+c.Problem)
		}
	}
	t.Log("took", r.Took)
	return all
}

func TestACorrectProgramPasses(t *testing.T) {
	r := run05(t, "", "")
	require.Empty(t, failures(t, r))
	require.True(t, r.Passed())
	require.Equal(t, Accepted, r.Verdict())
}

func TestAGuestThatWaitsForItsChildIsNotStuck(t *testing.T) {
	r := lesson05(t).Run(context.Background(), &Submission{
		Language: "go", Programs: map[string]Program{"upper": upper("runs a command"), "talk": talk("")},
	}, Options{Lesson: "05", Programs: []string{"upper", "talk"}, Only: []string{"s1"}})
	require.Empty(t, failures(t, r))
}

func TestEachMistakeGetsItsDiagnosis(t *testing.T) {
	for _, c := range []struct {
		server, client string
		want           []string
	}{
		{"wildcard", "", []string{"house ADDR_WILDCARD"}},
		{"port", "", []string{"s1 ADDR_PORT", "s2 ADDR_PORT", "s3 ADDR_PORT", "s4 ADDR_PORT", "s5 ADDR_PORT", "s6 ADDR_PORT"}},
		{"no listen", "", []string{"s1 NEVER_LISTEN", "s2 NEVER_LISTEN", "s3 NEVER_LISTEN", "s4 NEVER_LISTEN", "s5 NEVER_LISTEN", "s6 NEVER_LISTEN"}},
		{"dies", "", []string{"s3 SERVER_DIED"}},
		{"spin", "", []string{"s2 EOF_SPIN", "s3 EOF_SPIN", "s4 EOF_SPIN", "s5 EOF_SPIN"}},
		{"late", "", []string{"s1 ANSWER_TOO_LATE", "s2 ANSWER_TOO_LATE", "s3 ANSWER_TOO_LATE", "s4 ANSWER_TOO_LATE", "s5 ANSWER_TOO_LATE", "s6 ANSWER_TOO_LATE"}},
		{"one", "", []string{"s2 ONE_SHOT", "s3 SERVER_DIED", "s4 ONE_SHOT", "s5 ONE_SHOT"}},
		{"keeps", "", []string{"s5 CLOSE_MISSING", "house FD_LEAK"}},
		{"", "empty", []string{"k2 EMPTY_SEND_HANG"}},
		{"", "one recv", []string{"k3 STREAM_ONE_RECV", "k4 STREAM_ONE_RECV"}},
	} {
		t.Run(c.server+c.client, func(t *testing.T) {
			got := failures(t, run05(t, c.server, c.client))
			require.Equal(t, c.want, got)
		})
	}
}
