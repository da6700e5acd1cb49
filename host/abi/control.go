package abi

import "encoding/binary"

// Control is one control message as a guest lays it out: Linux's struct
// cmsghdr on a 64-bit machine, whatever the guest's own size_t is: a 64-bit
// length, which counts the header, two 32-bit numbers, and the data, padded to
// a multiple of eight bytes.
type Control struct {
	Level Level
	Type  int32
	Data  []byte
}

const controlHeader = 16 // sizeof (struct cmsghdr)

// ControlLen is CMSG_LEN(n).
func ControlLen(n int) int { return controlHeader + n }

// ControlSpace is CMSG_SPACE(n).
func ControlSpace(n int) int { return controlHeader + (n+7)&^7 }

// ControlRoom is how many bytes of data the next control message has room for
// in so many bytes; negative if there is no room for its header.
func ControlRoom(size int) int { return size - controlHeader }

// Control messages that are not named as the option that asks for them.
const (
	SCM_RIGHTS    = 1
	SCM_TIMESTAMP = SO_TIMESTAMP
	IPV6_HOPLIMIT = 52
	IPV6_PKTINFO  = 50
)

// The sizes of the data of control messages, in bytes.
const (
	sizeInt        = 4
	sizeInPktinfo  = 12
	sizeIn6Pktinfo = 20
	sizeTimeval    = 16
)

// controlForm is what a control message's data is.
type controlForm struct {
	sizes    []int // that it may have; nil: a list of descriptors
	sendable bool
}

var controlForms = map[Option]controlForm{
	{SOL_SOCKET, SCM_RIGHTS}:             {nil, true},
	{SOL_SOCKET, SO_TIMESTAMP}:           {[]int{sizeTimeval}, false},
	{Level(IPPROTO_IP), IP_TOS}:          {[]int{sizeInt, 1}, true},
	{Level(IPPROTO_IP), IP_TTL}:          {[]int{sizeInt}, true},
	{Level(IPPROTO_IP), IP_PKTINFO}:      {[]int{sizeInPktinfo}, true},
	{Level(IPPROTO_IPV6), IPV6_PKTINFO}:  {[]int{sizeIn6Pktinfo}, true},
	{Level(IPPROTO_IPV6), IPV6_HOPLIMIT}: {[]int{sizeInt}, true},
	{Level(IPPROTO_IPV6), IPV6_TCLASS}:   {[]int{sizeInt}, true},
}

// Rights reports whether the message carries descriptors: SCM_RIGHTS.
func (c Control) Rights() bool { return c.Level == SOL_SOCKET && c.Type == SCM_RIGHTS }

// Name is the message's C name, such as SCM_RIGHTS or IP_TTL; "" for one that
// is none of a guest's.
func (c Control) Name() string {
	if !c.Receivable() {
		return ""
	}
	if name, ok := lookup(controlNames, int64(c.Type)); ok && (c.Level != Level(IPPROTO_IP)) {
		return name
	}
	return Option{c.Level, c.Type}.Name()
}

// ParseControl finds a message by its name; its Data is nil.
func ParseControl(name string) (Control, bool) {
	for o := range controlForms {
		if c := (Control{Level: o.Level, Type: o.Num}); c.Name() == name {
			return c, true
		}
	}
	return Control{}, false
}

// Receivable reports whether it is a control message that guests are told.
func (c Control) Receivable() bool {
	_, ok := controlForms[Option{c.Level, c.Type}]
	return ok
}

// Sendable tells what is wrong with a control message that is to be sent.
//
// # Errors
//   - EOPNOTSUPP: no control message that a guest may send.
//   - EINVAL: its data has another size.
func (c Control) Sendable() Errno {
	form, ok := controlForms[Option{c.Level, c.Type}]
	switch {
	case !ok || !form.sendable:
		return EOPNOTSUPP
	case c.Rights():
		if len(c.Data)%sizeInt != 0 {
			return EINVAL
		}
		return OK
	}
	for _, n := range form.sizes {
		if len(c.Data) == n {
			return OK
		}
	}
	return EINVAL
}

// DecodeControl reads the first control message, and what comes after it. It
// is false at the end: fewer bytes than a header's.
//
// # Errors
//   - EINVAL: a length that its bytes do not have.
func DecodeControl(b []byte) (c Control, rest []byte, ok bool, err Errno) {
	if len(b) < controlHeader {
		return c, nil, false, OK
	}
	n := binary.LittleEndian.Uint64(b)
	if n < controlHeader || n > uint64(len(b)) {
		return c, nil, false, EINVAL
	}
	c = Control{
		Level: Level(binary.LittleEndian.Uint32(b[8:])), Type: int32(binary.LittleEndian.Uint32(b[12:])),
		Data: b[controlHeader:n:n],
	}
	return c, b[min((int(n)+7)&^7, len(b)):], true, OK
}

// AppendControl appends a control message and its padding, cut to what room
// bytes in all can take, as recvmsg(2) cuts it. It reports whether all of it
// fitted.
func AppendControl(b []byte, c Control, room int) ([]byte, bool) {
	left := room - len(b)
	if left < controlHeader {
		return b, false
	}
	n := min(controlHeader+len(c.Data), left)
	b = binary.LittleEndian.AppendUint64(b, uint64(n))
	b = binary.LittleEndian.AppendUint32(b, uint32(c.Level))
	b = binary.LittleEndian.AppendUint32(b, uint32(c.Type))
	b = append(b, c.Data[:n-controlHeader]...)
	for len(b)%8 != 0 && len(b) < room {
		b = append(b, 0)
	}
	return b, n == controlHeader+len(c.Data)
}
