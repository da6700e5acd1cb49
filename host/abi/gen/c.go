package main

import (
	"bytes"
	"fmt"
	"strings"

	"socklab/host/abi"
)

// cConsts is the vocabulary of C guests, for the headers to include.
func cConsts(w *bytes.Buffer) {
	fmt.Fprintf(w, "// %s\n#ifndef _SOCKLAB_CONST_H\n#define _SOCKLAB_CONST_H\n", generated)
	seen := map[string]bool{}
	for _, s := range abi.Sets() {
		fmt.Fprintf(w, "\n// The %s.\n", s.Title)
		for _, n := range s.Consts {
			if seen[n.Name] {
				continue
			}
			seen[n.Name] = true
			value := goNumber(s.Title, n)
			if n.Value < 0 {
				value = "(" + value + ")"
			}
			fmt.Fprintf(w, "#define %s %s\n", n.Name, value)
		}
	}
	fmt.Fprintf(w, "\n#define SOMAXCONN %d\n\n#endif\n", abi.SOMAXCONN)
}

// cHost declares the host's functions for libsocket, each as host_ and its
// name.
func cHost(w *bytes.Buffer) {
	fmt.Fprintf(w, "// %s\n#ifndef SOCKLAB_HOST_H\n#define SOCKLAB_HOST_H\n\n#include <stdint.h>\n", generated)
	for i := range abi.Funcs {
		f := &abi.Funcs[i]
		var params []string
		for _, p := range f.Params {
			switch p.Kind {
			case abi.FD, abi.Int:
				params = append(params, "int32_t "+p.Name)
			case abi.In:
				params = append(params, "const void *"+p.Name, "uint32_t "+p.Name+"_len")
			case abi.Out:
				params = append(params, "void *"+p.Name, "uint32_t "+p.Name+"_size", "uint32_t *"+p.Name+"_len")
			case abi.Res, abi.ResFD:
				params = append(params, "int32_t *"+p.Name)
			}
		}
		fmt.Fprintf(w, "\n__attribute__((import_module(%q), import_name(%q)))\nint32_t host_%s(%s);\n", abi.Module, f.Name, f.Name, strings.Join(params, ", "))
	}
	fmt.Fprintf(w, "\n// The kind of poll_oneoff's subscriptions that is poll(2).\n#define HOST_EVENT_POLL %d\n", abi.EventPoll)
	fmt.Fprint(w, "\n// The texts of getaddrinfo's errors, by the error with its sign turned.\n#define HOST_EAI_TEXTS \\\n")
	for n := range consts(isEAI) {
		fmt.Fprintf(w, "\t[%d] = %q, \\\n", -n.Value, abi.EAI(n.Value).Error())
	}
	fmt.Fprint(w, "\n// The texts of errors by errno.\n#define HOST_ERRNO_TEXTS \\\n")
	for _, e := range abi.Errnos() {
		text := e.Error()
		fmt.Fprintf(w, "\t[%d] = %q, \\\n", e, strings.ToUpper(text[:1])+text[1:])
	}
	fmt.Fprint(w, "\n#endif\n")
}
