package check

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"

	"go.starlark.net/starlark"

	"socklab/host/sock"
)

// A trial, for scripts: the t that every check is given.

func (t *trial) kind() string { return "t" }

func (t *trial) properties() []string {
	return []string{"rand", "host", "seed", "language", "guests", "peers"}
}

func (t *trial) property(name string) (starlark.Value, error) {
	switch name {
	case "rand":
		return value{&random{t}}, nil
	case "host":
		return starlark.String("127.0.0.1"), nil
	case "seed":
		return starlark.MakeUint64(t.run.o.Seed), nil
	case "language":
		return starlark.String(t.run.sub.Language), nil
	case "guests", "peers":
		return (&evidence{t, &failure{}}).property(name)
	}
	return nil, nil
}

func (t *trial) methods() map[string]method {
	return map[string]method{
		"port": t.doPort, "start": t.doStart, "run": t.doRun, "connect": t.doConnect, "listen": t.doListen, "refused": t.doRefused,
		"together": t.doTogether, "rest": t.doRest, "settle": t.doSettle,
		"note": t.doNote, "fail": t.doFail, "that": t.doThat, "equal": t.doEqual,
		"file": t.doFile, "names": t.doNames,
	}
}

// t.port(): a port of the lab that nothing uses, from 20000 to 29999.
func (t *trial) doPort(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if err := starlark.UnpackArgs(b.Name(), args, kwargs); err != nil {
		return nil, err
	}
	p, err := t.port()
	return starlark.MakeInt(p), err
}

func (t *trial) port() (int, error) {
	l, err := t.lab()
	if err != nil {
		return 0, err
	}
	for {
		p, err := l.FreePort(20000, 29999)
		if err != nil {
			return 0, &ownFault{err}
		}
		if !t.ports[p] {
			t.ports[p] = true
			return p, nil
		}
	}
}

// t.start(program, args, stdin=, faults=, files=, env=, first_fd=): starts
// one of the student's programs. stdin is all that it will read; None leaves
// it open for g.write.
func (t *trial) doStart(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var s startSpec
	var argv, faults, env words
	var stdin starlark.Value = starlark.String("")
	var files pairs
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "program", &s.program, "args?", &argv, "stdin?", &stdin,
		"faults?", &faults, "files?", &files, "env?", &env, "first_fd?", &s.firstFD); err != nil {
		return nil, err
	}
	s.args, s.faults, s.env, s.files = argv, faults, env, files
	if stdin != starlark.None {
		var d data
		if err := d.Unpack(stdin); err != nil {
			return nil, fmt.Errorf("%s: stdin: %w", b.Name(), err)
		}
		text := string(d)
		s.stdin = &text
	}
	g, err := t.start(s)
	if err != nil {
		return nil, err
	}
	return value{g}, nil
}

// t.run(…): starts a program as t.start does, waits for its end, whatever its
// exit code, and returns it.
func (t *trial) doRun(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	v, err := t.doStart(b, args, kwargs)
	if err != nil {
		return nil, err
	}
	g := v.(value).object.(*guest)
	_, err = g.doExits(b, starlark.Tuple{starlark.None}, nil)
	return v, err
}

// t.connect(g, port_from=): calls the guest where it listens.
func (t *trial) doConnect(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var to starlark.Value
	port, from := 0, 0
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "guest", &to, "port?", &port, "port_from?", &from); err != nil {
		return nil, err
	}
	v, _ := to.(value)
	g, ok := v.object.(*guest)
	if !ok {
		return nil, fmt.Errorf("connect: got a %s, want a guest", to.Type())
	}
	if port == 0 {
		port = g.port
	}
	if port == 0 {
		return nil, fmt.Errorf("connect: wait for the guest with g.listening(port) first, or name the port")
	}
	p, err := t.connect(g, port, from)
	if err != nil {
		return nil, err
	}
	return value{p}, nil
}

// t.refused(g): nobody answers any more where the guest has listened.
func (t *trial) doRefused(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	_, err := t.doConnect(b, args, kwargs)
	var f *failure
	if errors.As(err, &f) && f.why == whyRefused {
		return starlark.None, nil
	}
	if err == nil {
		err = &failure{why: whyRule, text: "Somebody still answers at the port."}
	}
	return nil, err
}

// t.listen(port, backlog=): opens a native server that guests can call.
func (t *trial) doListen(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	port, backlog := 0, 128
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "port?", &port, "backlog?", &backlog); err != nil {
		return nil, err
	}
	if port == 0 {
		var err error
		if port, err = t.port(); err != nil {
			return nil, err
		}
	}
	l, err := t.listen(port, backlog)
	if err != nil {
		return nil, err
	}
	return value{l}, nil
}

// t.together(f, …): runs functions at once and waits for all. They take
// turns: only while one waits does another run.
func (t *trial) doTogether(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if len(kwargs) > 0 || len(args) == 0 {
		return nil, errors.New("together: want functions")
	}
	t.mu.Lock()
	t.actors += len(args)
	t.idle++
	t.mu.Unlock()
	t.turn.Unlock()
	errs := make([]error, len(args))
	var wg sync.WaitGroup
	for i, f := range args {
		wg.Go(func() {
			t.turn.Lock()
			defer t.turn.Unlock()
			_, errs[i] = starlark.Call(t.thread(fmt.Sprintf("%s part %d", t.def.ID, i+1)), f, nil, nil)
			t.mu.Lock()
			defer t.mu.Unlock()
			t.actors--
			if errs[i] != nil {
				t.abort = true
			}
		})
	}
	wg.Wait()
	t.turn.Lock()
	t.mu.Lock()
	t.idle--
	t.abort = false
	t.mu.Unlock()
	for _, err := range errs {
		if err != nil && !errors.Is(err, errAborted) {
			return nil, err
		}
	}
	return starlark.None, nil
}

// t.rest(seconds): lets time pass; no longer than the guests need to be done
// with everything.
func (t *trial) doRest(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var span seconds
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "seconds", &span); err != nil {
		return nil, err
	}
	return starlark.None, t.rest(time.Duration(span))
}

// t.settle(): waits until the guests have taken in all that was sent and wait
// for more, or have ended.
func (t *trial) doSettle(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if err := starlark.UnpackArgs(b.Name(), args, kwargs); err != nil {
		return nil, err
	}
	return starlark.None, t.settle()
}

// t.names(hostname=, hosts={name: [address, …]}, services={name: port}): what
// the lab's resolver knows besides localhost and the usual services.
func (t *trial) doNames(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	hostname := ""
	var hosts, services *starlark.Dict
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "hostname?", &hostname, "hosts?", &hosts, "services?", &services); err != nil {
		return nil, err
	}
	if t.made != nil {
		return nil, errors.New("names: the lab is there already; say its names before anything else")
	}
	n := t.resolver()
	if hostname != "" {
		n.Hosts[strings.ToLower(hostname)] = n.Hosts[n.Hostname]
		n.Hostname = hostname
	}
	for _, item := range items(hosts) {
		name, _ := starlark.AsString(item[0])
		var list words
		if err := list.Unpack(item[1]); err != nil {
			return nil, fmt.Errorf("names: %w", err)
		}
		var addrs []netip.Addr
		for _, s := range list {
			a, err := netip.ParseAddr(s)
			if err != nil {
				return nil, fmt.Errorf("names: %w", err)
			}
			addrs = append(addrs, a)
		}
		n.Hosts[strings.ToLower(name)] = addrs
	}
	for _, item := range items(services) {
		name, _ := starlark.AsString(item[0])
		port, err := starlark.AsInt32(item[1])
		if err != nil || port < 0 || port > 65535 {
			return nil, fmt.Errorf("names: %s is no port", item[1])
		}
		n.Services = append(n.Services, sock.Service{Name: name, Port: port, Protos: []string{"tcp", "udp"}})
	}
	return starlark.None, nil
}

func items(d *starlark.Dict) []starlark.Tuple {
	if d == nil {
		return nil
	}
	return d.Items()
}
