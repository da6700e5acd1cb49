package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"socklab/guests/toolchains"
	"socklab/runtime/build"
)

var doctorCommand = command{
	name:  "doctor",
	args:  "[flags]",
	short: "tell what this machine has and lacks, and what that means",
	run:   doctor,
}

type doctorFlags struct {
	fetch, json bool
}

func (f *doctorFlags) declare(set *flag.FlagSet) {
	set.BoolVar(&f.fetch, "fetch", false, "fetch and prepare what is missing")
	set.BoolVar(&f.json, "json", false, "one line of JSON for each finding")
}

// finding is one thing that doctor looked at.
type finding struct {
	Subject string `json:"subject"`
	OK      bool   `json:"ok"`
	Needed  bool   `json:"needed"` // nothing works without it
	What    string `json:"what"`
	Hint    string `json:"hint,omitempty"`
}

func doctor(ctx context.Context, c console, args []string) (int, error) {
	var f doctorFlags
	set := flags(&f)
	if err := parseFlags(set, args); err != nil {
		return c.badFlags(set, err)
	}
	if set.NArg() > 0 {
		return 0, usageError("doctor takes no arguments")
	}
	if f.fetch {
		if err := fetchAll(ctx, c); err != nil {
			return 0, err
		}
	}
	code := exitPass
	for _, look := range []func(context.Context) finding{lookSystem, lookLoopback, lookLoopback6, lookLabs, lookCache, lookGo, lookSandboxedGo, lookNPM, lookPython, lookC} {
		x := look(ctx)
		if !x.OK && x.Needed {
			code = exitFail
		}
		if f.json {
			c.jsonLine(x)
			continue
		}
		mark := "ok     "
		switch {
		case !x.OK && x.Needed:
			mark = "MISSING"
		case !x.OK:
			mark = "lacks  "
		}
		fmt.Fprintf(c.out, "%s  %-16s %s\n", mark, x.Subject, x.What)
		if x.Hint != "" && !x.OK {
			fmt.Fprintf(c.out, "%9s%-16s hint: %s\n", "", "", x.Hint)
		}
	}
	return code, nil
}

// fetchAll prepares every toolchain, so that nothing is left for later.
func fetchAll(ctx context.Context, c console) error {
	work, err := newWorkshop(ctx, c, build.Sandboxed, 0, nil)
	if err != nil {
		return err
	}
	defer work.Close()
	return work.prepare(ctx)
}

func lookSystem(context.Context) finding {
	x := finding{Subject: "system", OK: true, Needed: true, What: runtime.GOOS + "/" + runtime.GOARCH}
	switch {
	case runtime.GOOS == "windows":
		x.OK, x.Hint = false, "run it inside WSL 2"
	case runtime.GOOS != "linux" && runtime.GOOS != "darwin":
		x.OK, x.Hint = false, "Linux and macOS are supported"
	case underWSL():
		x.What += " (WSL: files under /mnt are watched by polling)"
	}
	return x
}

func underWSL() bool {
	b, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	return strings.Contains(strings.ToLower(string(b)), "microsoft")
}

func lookLoopback(context.Context) finding {
	x := finding{Subject: "IPv4 loopback", Needed: true, What: "127.0.0.1 can be listened on"}
	x.OK = canListen("127.0.0.1:0")
	if !x.OK {
		x.What, x.Hint = "127.0.0.1 cannot be listened on", "is the lo interface up?"
	}
	return x
}

func lookLoopback6(context.Context) finding {
	x := finding{Subject: "IPv6 loopback", What: "::1 can be listened on"}
	x.OK = canListen("[::1]:0")
	if !x.OK {
		x.What, x.Hint = "::1 cannot be listened on: IPv6 programs will fail", "enable IPv6 on the lo interface"
	}
	return x
}

func lookLabs(context.Context) finding {
	x := finding{Subject: "labs", What: "each check has a loopback address of its own"}
	x.OK = canListen("127.77.0.1:0")
	if !x.OK {
		x.What = "this system has one loopback address: checks share it, on ports of their own"
	}
	return x
}

func canListen(addr string) bool {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return false
	}
	l.Close()
	return true
}

func lookCache(context.Context) finding {
	dir, err := cacheDir()
	x := finding{Subject: "cache", Needed: true, What: dir}
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	if err == nil {
		var f *os.File
		if f, err = os.CreateTemp(dir, ".doctor-"); err == nil {
			f.Close()
			os.Remove(f.Name())
		}
	}
	x.OK = err == nil
	if err != nil {
		x.What, x.Hint = err.Error(), "set SOCKLAB_CACHE to a folder that you can write to"
	}
	return x
}

func lookGo(ctx context.Context) finding {
	x := finding{Subject: "Go"}
	dir, err := cacheDir()
	var version, root string
	if err == nil {
		version, root, err = build.FindGo(ctx, filepath.Join(dir, "build"))
	}
	if x.OK = err == nil; !x.OK {
		x.What, x.Hint = err.Error(), "install Go 1.26 or newer"
		return x
	}
	x.What = version + " at " + root
	return x
}

func lookSandboxedGo(context.Context) finding {
	x := finding{Subject: "Go, sandboxed"}
	dir, err := cacheDir()
	var version string
	if err == nil {
		version, err = build.FindSandboxedGo(filepath.Join(dir, "build"))
	}
	if x.OK = err == nil; !x.OK {
		x.What = "Go's compiler as a guest, which grading takes: " + err.Error()
		x.Hint = "socklab doctor --fetch prepares it (it needs Go, and a minute or two); so does the first grading"
		return x
	}
	x.What = version + "'s compiler and linker are prepared as guests"
	return x
}

func lookNPM(ctx context.Context) finding {
	x := finding{Subject: "npm"}
	out, err := exec.CommandContext(ctx, "npm", "--version").Output()
	if err != nil {
		x.What, x.Hint = "no npm: Python's interpreter and the C compiler cannot be fetched", "install Node.js with npm 7 or newer; Go lessons work without"
		return x
	}
	x.OK, x.What = true, strings.TrimSpace(string(out))
	return x
}

func lookPython(context.Context) finding {
	return lookToolchain("Python", "python", "interpreter")
}

func lookC(context.Context) finding {
	return lookToolchain("C", "clang", "compiler")
}

func lookToolchain(language, name, what string) finding {
	x := finding{Subject: language}
	path, err := toolchains.Find(name)
	if err == nil {
		err = toolchains.Verify(name)
	}
	if err != nil {
		x.What = "the " + what + " is not there: " + err.Error()
		x.Hint = "socklab doctor --fetch brings it (it needs npm); so does the first " + language + " program"
		return x
	}
	x.OK, x.What = true, path
	return x
}
