package fault

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Parse reads rules in their text form, with commas, semicolons or spaces
// between them:
//
//	cap=3 cap=1-9 cap=3,5   a receive returns at most so many bytes (by turns)
//	cut=10,20               receives end at these offsets of the stream
//	glue=50ms glue=2        bytes are held back, and delivered together
//	scap=1-700              a send accepts at most so many bytes
//	again=recv:3            EAGAIN, so many times on each non-blocking socket
//	fail=recv:2:ECONNRESET  the second recv fails; *, 3-9, 1/4 and 20% work too
//	eintr=recv:2            it is interrupted
//	delay=recv:100ms        it takes longer; delay=recv:2:100ms for the second
//	accept_delay=500ms      the first accept does
//	wnd=16k,16k             small buffers for sending and receiving
//	drop=recv:2 dup=send:1 reorder=recv:20% late=recv:1:50ms
//	                        what happens to datagrams
//	spurious=3              poll tells of data that is not there, so many times
//	hole=127.0.0.1:9000     nobody answers there
//	reset=recv:100          the connection is reset after so many bytes
//	stall=65536             the peer stops reading after so many
//	fresh                   a socket whose connect has failed is of no more use
//
// An error names the rule that is wrong, and what it should be.
func Parse(spec string) ([]Rule, error) {
	var texts []string
	for _, part := range strings.FieldsFunc(spec, func(r rune) bool { return r == ';' || r == ' ' || r == '\t' || r == '\n' }) {
		for item := range strings.SplitSeq(part, ",") {
			name, _, args := strings.Cut(item, "=")
			if args || forms[name].parse != nil && len(item) > 0 {
				texts = append(texts, item)
			} else if len(texts) > 0 && item != "" {
				texts[len(texts)-1] += "," + item
			} else if item != "" {
				return nil, fmt.Errorf("%q is not a fault: NAME=VALUE, such as cap=3", item)
			}
		}
	}
	rules := make([]Rule, 0, len(texts))
	for _, text := range texts {
		r, err := parseRule(text)
		if err != nil {
			return nil, err
		}
		rules = append(rules, r)
	}
	return rules, nil
}

func parseRule(text string) (Rule, error) {
	name, value, _ := strings.Cut(text, "=")
	form, ok := forms[name]
	if !ok {
		return nil, fmt.Errorf("no fault is called %q", name)
	}
	r, err := form.parse(value)
	if err == nil {
		err = r.check()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w (as in %s)", text, err, form.example)
	}
	return r, nil
}

type form struct {
	example string
	parse   func(value string) (Rule, error)
}

var forms map[string]form

func init() {
	datagram := func(e Effect) func(string) (Rule, error) {
		return func(v string) (Rule, error) { return parseDatagram(e, v) }
	}
	forms = map[string]form{
		"cap":          {"cap=3", func(v string) (Rule, error) { s, err := parseSizes(v); return Cap{s}, err }},
		"scap":         {"scap=1-700", func(v string) (Rule, error) { s, err := parseSizes(v); return SendCap{s}, err }},
		"cut":          {"cut=10,20", parseCut},
		"glue":         {"glue=50ms", parseGlue},
		"again":        {"again=recv:3", parseAgain},
		"fail":         {"fail=recv:2:ECONNRESET", parseFail},
		"eintr":        {"eintr=recv:2", parseInterrupt},
		"delay":        {"delay=recv:100ms", parseDelay},
		"accept_delay": {"accept_delay=500ms", func(v string) (Rule, error) { d, err := parseTime(v); return AcceptDelay(d), err }},
		"wnd":          {"wnd=16k,16k", parseWindow},
		"drop":         {"drop=recv:2", datagram(Drop)},
		"dup":          {"dup=send:20%", datagram(Dup)},
		"late":         {"late=recv:1:50ms", datagram(Late)},
		"reorder":      {"reorder=recv:3", datagram(Reorder)},
		"spurious":     {"spurious=3", func(v string) (Rule, error) { n, err := number(v); return Spurious{n}, err }},
		"hole":         {"hole=127.0.0.1:9000", parseHole},
		"reset":        {"reset=recv:100", parseReset},
		"stall":        {"stall=64k", func(v string) (Rule, error) { n, err := number(v); return Stall{n}, err }},
		"fresh":        {"fresh", parseFresh},
	}
}

// Examples is one rule of each kind, in its text form, sorted.
func Examples() []string {
	var all []string
	for _, f := range forms {
		all = append(all, f.example)
	}
	slices.Sort(all)
	return all
}

// fields splits at colons and wants from least to most of them.
func fields(v string, least, most int) ([]string, error) {
	parts := strings.Split(v, ":")
	if len(parts) < least || len(parts) > most {
		return nil, fmt.Errorf("%q has %d parts between colons", v, len(parts))
	}
	if _, ok := opOf(parts[0]); !ok {
		return nil, fmt.Errorf("no call is called %q", parts[0])
	}
	return parts, nil
}

func parseTime(v string) (time.Duration, error) {
	if n, err := strconv.ParseUint(v, 10, 31); err == nil {
		return time.Duration(n) * time.Millisecond, nil // a plain number is of milliseconds
	}
	d, err := time.ParseDuration(v)
	if err != nil {
		return 0, fmt.Errorf("%q is not a time such as 50ms", v)
	}
	return d, nil
}
