package main

import (
	"bytes"
	"fmt"
	"strings"

	"socklab/host/abi"
)

// pythonConsts is what a Python guest's _socket gets: the constants, the
// texts of errors, and the numbers of the calls.
func pythonConsts(w *bytes.Buffer) {
	fmt.Fprintf(w, "# %s\n", generated)
	seen := map[string]bool{}
	for _, s := range abi.Sets() {
		fmt.Fprintf(w, "\n# The %s.\n", s.Title)
		for _, n := range s.Consts {
			if !seen[n.Name] {
				seen[n.Name] = true
				name := n.Name
				if isProcess(n) { // not for module socket
					name = "_" + name
				}
				fmt.Fprintf(w, "%s = %s\n", name, goNumber(s.Title, n))
			}
		}
	}
	fmt.Fprintf(w, "SOMAXCONN = %d\n", abi.SOMAXCONN)
	fmt.Fprint(w, "\n# The texts that errors have on Linux, by their number here.\n_texts = (\n    'Success',\n")
	for _, e := range abi.Errnos() {
		text := e.Error()
		fmt.Fprintf(w, "    %q,  # %s\n", strings.ToUpper(text[:1])+text[1:], e.Name())
	}
	fmt.Fprint(w, ")\n\n# The same of the errors of getaddrinfo.\n_eai_texts = {\n")
	for n := range consts(isEAI) {
		fmt.Fprintf(w, "    %s: %q,\n", n.Name, abi.EAI(n.Value).Error())
	}
	fmt.Fprint(w, "}\n\n# The numbers of the host's calls.\n")
	for i := range abi.Funcs {
		fmt.Fprintf(w, "_%s = %d\n", strings.ToUpper(abi.Funcs[i].Name), i)
	}
}
