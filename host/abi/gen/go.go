package main

import (
	"bytes"
	"fmt"
	"go/token"
	"iter"
	"slices"
	"strings"

	"socklab/host/abi"
)

// goSyscall is what package syscall of a Go guest gets: the constants of
// sockets, the texts of errors and the calls.
func goSyscall(w *bytes.Buffer) {
	fmt.Fprintf(w, "// %s\n\npackage syscall\n\nimport \"unsafe\"\n", generated)
	printGoConsts(w, goNumber, isSocketConst)
	fmt.Fprintf(w, "\n// SOMAXCONN is the largest backlog that has an effect.\nconst SOMAXCONN = %d\n", abi.SOMAXCONN)
	fmt.Fprint(w, "\n// errorstr has the texts that the same errors have on Linux.\nvar errorstr = [...]string{\n")
	for _, e := range abi.Errnos() {
		fmt.Fprintf(w, "%s: %q,\n", e.Name(), e.Error())
	}
	fmt.Fprint(w, "}\n")
	printGoImports(w, "Errno", abi.Socket, abi.SocketPair, abi.Bind, abi.Listen, abi.Accept, abi.Connect,
		abi.SendTo, abi.RecvFrom, abi.Shutdown, abi.GetSockOpt, abi.SetSockOpt, abi.GetSockName, abi.GetPeerName,
		abi.GetHostName, abi.SetNonblock, abi.Dup, abi.SendMsg, abi.RecvMsg)
}

// goNet is what the resolver in package net of a Go guest gets.
func goNet(w *bytes.Buffer) {
	fmt.Fprintf(w, "// %s\n\npackage net\n\nimport \"unsafe\"\n", generated)
	fmt.Fprint(w, "\nconst (\n")
	for n := range consts(func(n abi.Named) bool { return isEAI(n) || isNameConst(n) }) {
		fmt.Fprintf(w, "_%s = %d\n", n.Name, n.Value)
	}
	fmt.Fprint(w, ")\n\n// addrinfoTexts is indexed by an error with its sign turned.\nvar addrinfoTexts = [...]string{\n")
	printEAITexts(w, "_")
	fmt.Fprint(w, "}\n")
	printGoImports(w, "int32", abi.GetAddrInfo, abi.GetNameInfo)
}

// goSignal is what package os/signal of a Go guest gets.
func goSignal(w *bytes.Buffer) {
	fmt.Fprintf(w, "// %s\n\npackage signal\n", generated)
	printGoImports(w, "int32", abi.SignalFD)
}

// goConsts is the vocabulary of the lessons' socket package where the
// numbers are Linux's: on Linux and in a guest.
func goConsts(w *bytes.Buffer) {
	fmt.Fprintf(w, "// %s\n\n//go:build linux || wasip1\n\npackage socket\n", generated)
	printGoConsts(w, goNumber, isLessonsConst)
}

// goConstsDarwin is the same vocabulary with the numbers of macOS, as far as
// it has them.
func goConstsDarwin(w *bytes.Buffer) {
	fmt.Fprintf(w, "// %s\n\npackage socket\n\nimport \"syscall\"\n", generated)
	printGoConsts(w, func(_ string, n abi.Named) string { return "syscall." + n.Name },
		func(n abi.Named) bool { return isLessonsConst(n) && !slices.Contains(notOnDarwin, n.Name) })
}

// notOnDarwin are the constants that macOS or Go's package syscall for it
// lacks.
var notOnDarwin = strings.Fields(`
	AF_NETLINK AF_PACKET AF_CAN SOCK_NONBLOCK SOCK_CLOEXEC MSG_NOSIGNAL MSG_MORE
	SO_PRIORITY SO_ACCEPTCONN SO_PROTOCOL SO_DOMAIN SO_INCOMING_CPU
	TCP_CORK TCP_KEEPIDLE TCP_KEEPINTVL TCP_KEEPCNT TCP_SYNCNT TCP_LINGER2
	TCP_DEFER_ACCEPT TCP_INFO TCP_QUICKACK TCP_USER_TIMEOUT TCP_FASTOPEN`)

// isSocketConst tells the numbers of the system from those of the resolver.
func isSocketConst(n abi.Named) bool { return !isNameConst(n) && !isEAI(n) && !isProcess(n) }

// isLessonsConst leaves out what is for control messages, which the lessons'
// package does not send, and for a protocol that no lesson has.
func isLessonsConst(n abi.Named) bool {
	return isSocketConst(n) && !slices.Contains(notForLessons, n.Name)
}

var notForLessons = strings.Fields(`
	IPPROTO_UDPLITE UDPLITE_SEND_CSCOV UDPLITE_RECV_CSCOV
	MSG_CMSG_CLOEXEC SCM_RIGHTS SCM_TIMESTAMP SO_TIMESTAMP IP_PKTINFO IP_RECVTTL IP_RECVTOS
	IPV6_PKTINFO IPV6_HOPLIMIT IPV6_RECVPKTINFO IPV6_RECVHOPLIMIT IPV6_RECVTCLASS`)

// isProcess tells the numbers of child processes.
func isProcess(n abi.Named) bool { return strings.HasPrefix(n.Name, "SPAWN_") || n.Name == "WNOHANG" }

func isNameConst(n abi.Named) bool {
	return strings.HasPrefix(n.Name, "AI_") || strings.HasPrefix(n.Name, "NI_")
}

func isEAI(n abi.Named) bool { return strings.HasPrefix(n.Name, "EAI_") }

// goNames is the errors by name, which each system numbers in its own way,
// and the vocabulary of the resolver, which is the same everywhere.
func goNames(w *bytes.Buffer) {
	fmt.Fprintf(w, "// %s\n\npackage socket\n\nimport \"syscall\"\n", generated)
	printGoConsts(w, goNumber, isNameConst)
	fmt.Fprint(w, "\n// The errors of socket calls.\nconst (\n")
	errnos := slices.DeleteFunc(abi.Errnos(), func(e abi.Errno) bool { return e == abi.ENOTCAPABLE }) // WASI's alone
	for _, e := range errnos {
		fmt.Fprintf(w, "%s = Errno(syscall.%s)\n", e.Name(), e.Name())
	}
	fmt.Fprint(w, ")\n\nvar errnoNames = [...]string{\n")
	for _, e := range errnos {
		fmt.Fprintf(w, "%s: %q,\n", e.Name(), e.Name())
	}
	fmt.Fprint(w, "}\n\n// The errors of GetAddrInfo and GetNameInfo.\nconst (\n")
	for n := range consts(isEAI) {
		fmt.Fprintf(w, "%s EAI = %d\n", n.Name, n.Value)
	}
	fmt.Fprint(w, ")\n\nvar eaiNames = [...]string{ // their signs turned\n")
	for n := range consts(isEAI) {
		fmt.Fprintf(w, "-%s: %q,\n", n.Name, n.Name)
	}
	fmt.Fprint(w, "}\n\nvar eaiTexts = [...]string{\n")
	printEAITexts(w, "")
	fmt.Fprint(w, "}\n")
}

// goHost is the calls that the socket package makes itself.
func goHost(w *bytes.Buffer) {
	fmt.Fprintf(w, "// %s\n\npackage socket\n\nimport \"unsafe\"\n", generated)
	printGoImports(w, "int32", abi.GetAddrInfo, abi.GetNameInfo, abi.GetServByName, abi.GetServByPort, abi.Pending,
		abi.Spawn, abi.WaitPID)
	fmt.Fprint(w, "\nconst (\n")
	for n := range consts(isProcess) {
		fmt.Fprintf(w, "_%s = %#x\n", n.Name, n.Value)
	}
	fmt.Fprint(w, ")\n")
}

// printGoConsts prints the wanted constants, a group for each set, and each
// of them once.
func printGoConsts(w *bytes.Buffer, value func(set string, n abi.Named) string, want func(abi.Named) bool) {
	seen := map[string]bool{}
	for _, s := range abi.Sets() {
		var lines []string
		for _, n := range s.Consts {
			if want(n) && !seen[n.Name] {
				seen[n.Name] = true
				lines = append(lines, fmt.Sprintf("%s = %s\n", n.Name, value(s.Title, n)))
			}
		}
		if lines != nil {
			fmt.Fprintf(w, "\n// The %s.\nconst (\n%s)\n", s.Title, strings.Join(lines, ""))
		}
	}
}

// goNumber prints a constant as its man page does: flags in base 16.
func goNumber(set string, n abi.Named) string {
	if strings.HasPrefix(set, "flags") {
		return fmt.Sprintf("%#x", n.Value)
	}
	return fmt.Sprint(n.Value)
}

// consts are the wanted constants of all sets.
func consts(want func(abi.Named) bool) iter.Seq[abi.Named] {
	return func(yield func(abi.Named) bool) {
		for _, s := range abi.Sets() {
			for _, n := range s.Consts {
				if want(n) && !yield(n) {
					return
				}
			}
		}
	}
}

// printGoImports declares calls as functions named host_… with the result
// type given.
func printGoImports(w *bytes.Buffer, result string, calls ...abi.Call) {
	for _, c := range calls {
		f := &abi.Funcs[c]
		var params []string
		for _, p := range f.Params {
			switch p.Kind {
			case abi.FD, abi.Int:
				params = append(params, goParam(p)+" int32")
			case abi.In:
				params = append(params, p.Name+" unsafe.Pointer, "+p.Name+"Len uint32")
			case abi.Out:
				params = append(params, p.Name+" unsafe.Pointer, "+p.Name+"Cap uint32, "+p.Name+"Len *uint32")
			case abi.Res, abi.ResFD:
				params = append(params, p.Name+" *int32")
			}
		}
		fmt.Fprintf(w, "\n//go:wasmimport %s %s\n//go:noescape\nfunc host_%s(%s) %s\n",
			abi.Module, f.Name, f.Name, strings.Join(params, ", "), result)
	}
}

// goParam is a parameter's name, if Go allows it.
func goParam(p abi.Param) string {
	if token.IsKeyword(p.Name) {
		return p.Name + "_"
	}
	return p.Name
}

func printEAITexts(w *bytes.Buffer, prefix string) {
	for n := range consts(isEAI) {
		fmt.Fprintf(w, "-%s%s: %q,\n", prefix, n.Name, abi.EAI(n.Value).Error())
	}
}
