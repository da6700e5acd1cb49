package check

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"time"

	"go.starlark.net/starlark"

	"socklab/host/sock"
	"socklab/host/sock/kernel"
	"socklab/host/sock/lab"
	"socklab/host/trace"
)

// trial is one check under way: its lab, its guests, its peers.
type trial struct {
	run   *run
	def   *checkDef
	ctx   context.Context
	rand  *rand.Rand
	made  network     // see lab
	names *sock.Names // what its resolver knows
	hist  *trace.History
	began time.Time

	// turn is held by whoever runs the script: t.together's functions take
	// turns, and whoever waits for a guest gives it away.
	turn sync.Mutex

	mu       sync.Mutex
	actors   int // functions of the script under way
	idle     int // of them, how many wait for a guest
	abort    bool
	guests   []*guest
	peers    []*conn
	evidence trace.Calls   // the history when the check was decided
	closers  []func()      // of what the native side holds
	finally  []func()      // for when the guests are gone
	connects map[int]int64 // connections made to a port of the lab, by anybody
	ports    map[int]bool  // handed out
	notes    *starlark.Dict
	faults   []string
	tmp      string
	seq      map[string]uint64
	count    map[string]int
	labSeed  uint64
}

func newTrial(ctx context.Context, r *run, def *checkDef) *trial {
	h := fnv.New64a()
	binary.Write(h, binary.LittleEndian, r.o.Seed)
	h.Write([]byte(def.ID))
	t := &trial{
		run: r, def: def, ctx: ctx, began: time.Now(), actors: 1,
		rand:     rand.New(rand.NewPCG(r.o.Seed, h.Sum64())),
		hist:     trace.NewHistory(0),
		connects: map[int]int64{}, ports: map[int]bool{}, notes: starlark.NewDict(4),
		seq: map[string]uint64{}, count: map[string]int{},
	}
	t.labSeed = t.rand.Uint64()
	return t
}

// resolver is what the lab's resolver knows, to be changed before the lab is
// made.
func (t *trial) resolver() *sock.Names {
	if t.names == nil {
		const letters = "bcdfghjkmnpqrstvwxz"
		host := []byte("lab-")
		for range 5 {
			host = append(host, letters[t.rand.IntN(len(letters))])
		}
		n := lab.Names(string(host), t.labSeed)
		t.names = &n
	}
	return t.names
}

// lab is the trial's network. It is made when it is first needed.
func (t *trial) lab() (network, error) {
	if t.made == nil && t.run.o.Bare {
		t.made = machine{kernel.New()}
	}
	if t.made == nil {
		l, err := t.run.o.NewLab(lab.Options{Seed: t.labSeed, Hostname: t.resolver().Hostname, Names: t.resolver()})
		if err != nil {
			return nil, &ownFault{fmt.Errorf("lab: %w", err)}
		}
		t.made = l
	}
	return t.made, nil
}

// close ends guests and peers and waits for that.
func (t *trial) close() {
	for _, g := range t.guests {
		g.kill()
	}
	t.closePeers()
	for _, g := range t.guests {
		g.inst.Wait()
		g.closeStdin()
	}
	for _, f := range t.finally {
		f()
	}
	if t.made != nil {
		t.made.Close()
	}
	if t.tmp != "" {
		os.RemoveAll(t.tmp)
	}
}

// closePeers closes everything that the native side holds.
func (t *trial) closePeers() {
	t.mu.Lock()
	closers := t.closers
	t.closers = nil
	t.mu.Unlock()
	for _, c := range slices.Backward(closers) {
		c()
	}
}

func (t *trial) onClose(f func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closers = append(t.closers, f)
}

// name numbers the peers: caller1, caller2, server1.
func (t *trial) name(kind string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.count[kind]++
	return fmt.Sprintf("%s%d", kind, t.count[kind])
}

// step records what a peer did, beside the guests' calls.
func (t *trial) step(c trace.Call) {
	t.mu.Lock()
	t.seq[c.Guest]++
	c.Seq = t.seq[c.Guest]
	t.mu.Unlock()
	c.Took = time.Since(c.Start)
	c.Queued = -1
	c.Data = slices.Clone(c.Data[:min(len(c.Data), trace.DataMax)])
	t.hist.Record(trace.Event{Kind: trace.Enter, Call: c})
	t.hist.Record(trace.Event{Kind: trace.Exit, Call: c})
}

func (t *trial) guestList() []*guest {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.guests)
}

func (t *trial) peerList() []*conn {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.peers)
}
