package trace

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"

	"socklab/host/abi"
)

// appendControls writes what the trace has kept of control messages.
func appendControls(b, raw []byte) []byte {
	start := len(b)
	b = append(b, '[')
	rest, more := raw[:min(len(raw), DataMax)], len(raw) > DataMax
	for n := 0; len(rest) > 0; n++ {
		c, next, ok, err := abi.DecodeControl(rest)
		if err != abi.OK && (more || len(raw) == DataMax) { // it was cut off
			cut := binary.LittleEndian.AppendUint64(nil, uint64(len(rest)))
			c, next, ok, err = abi.DecodeControl(append(cut, rest[8:]...))
			more = true
		}
		if err != abi.OK || ok && c.Name() == "" || !ok && n == 0 {
			return append(appendString(b[:start+1], raw), ']')
		}
		if !ok {
			more = true
			break
		}
		if n > 0 {
			b = append(b, ", "...)
		}
		b = appendControl(b, c)
		rest = next
	}
	if more {
		b = append(b, ", …"...)
	}
	return append(b, ']')
}

func appendControl(b []byte, c abi.Control) []byte {
	b = append(b, c.Name()...)
	data := c.Data
	if len(data) == 1 { // IP_TOS as it is received
		return strconv.AppendUint(append(b, ' '), uint64(data[0]), 10)
	}
	wide := c.Name() == "SCM_TIMESTAMP"
	v6 := c.Name() == "IPV6_PKTINFO"
	if v6 && len(data) >= 16 {
		b = append(append(b, ' '), netip.AddrFrom16([16]byte(data)).String()...)
		data = data[16:]
	}
	for i := 0; len(data) >= 4; i++ {
		b = append(b, ' ')
		switch {
		case wide && len(data) >= 8:
			b = strconv.AppendInt(b, int64(binary.LittleEndian.Uint64(data)), 10)
			data = data[8:]
			continue
		case c.Name() == "IP_PKTINFO" && i > 0:
			b = append(b, netip.AddrFrom4([4]byte(data)).String()...)
		default:
			b = strconv.AppendInt(b, int64(int32(binary.LittleEndian.Uint32(data))), 10)
		}
		data = data[4:]
	}
	return b
}

// parseControls undoes appendControls.
func parseControls(s string) (raw []byte, ok bool) {
	if s == "" { // none
		return nil, true
	}
	if p := (parser{in: s}); p.take(`"`) { // none that guests have
		raw, err := p.quoted()
		return raw, err == nil
	}
	for i, item := range strings.Split(s, ", ") {
		if item == "…" && i > 0 {
			return append(raw, 0), true // the beginning of another one
		}
		words := strings.Split(item, " ")
		c, ok := abi.ParseControl(words[0])
		if !ok {
			return nil, false
		}
		for _, w := range words[1:] {
			if ip, err := netip.ParseAddr(w); err == nil {
				c.Data = append(c.Data, ip.AsSlice()...)
				continue
			}
			bits := 32
			if c.Name() == "SCM_TIMESTAMP" {
				bits = 64
			}
			n, err := strconv.ParseInt(w, 10, bits)
			if err != nil {
				return nil, false
			}
			c.Data = binary.LittleEndian.AppendUint64(c.Data, uint64(n))[:len(c.Data)+bits/8]
		}
		raw, _ = abi.AppendControl(raw, c, len(raw)+abi.ControlSpace(len(c.Data)))
	}
	return raw, true
}
