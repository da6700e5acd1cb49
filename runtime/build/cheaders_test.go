package build

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAnUndeclaredNameIsToldItsHeader(t *testing.T) {
	_, err := buildC(t, "main.c", "int main(void) {\n\tint s = socket(AF_INET, 1, 0);\n\tstruct sockaddr_in a;\n\tsocklen_t n = sizeof a;\n\tnowhere(s);\n\tprintf(\"\");\n\tstruct addrinfo *i = 0;\n\treturn i->ai_family;\n}\n")
	var compile *CompileError
	require.ErrorAs(t, err, &compile)
	var notes []string
	for line := range strings.Lines(compile.Text()) {
		if strings.Contains(line, "note: include") {
			notes = append(notes, strings.TrimSpace(line))
		}
	}
	require.Equal(t, []string{
		"main.c:2:10: note: include the header <sys/socket.h>",
		"main.c:2:17: note: include the header <sys/socket.h>",
		"main.c:3:21: note: include the header <netinet/in.h>",
		"main.c:4:2: note: include the header <sys/socket.h>",
		"main.c:6:2: note: include the header <stdio.h> or explicitly provide a declaration for 'printf'", // clang's own
		"main.c:8:10: note: include the header <netdb.h>",
	}, notes, compile.Text())
	require.Contains(t, compile.Text(), "^~~~~~~\nmain.c:2:17: note: ")
}

// Each header declares what it is named for.
func TestHeadersDeclareWhatTheyAreNamedFor(t *testing.T) {
	var files []string
	var includes strings.Builder
	for header, all := range cHeaders {
		names, structs, _ := strings.Cut(all, "|")
		var uses strings.Builder
		for _, name := range append(strings.Fields(names), strings.Split(structs, "|")...) {
			if strings.HasPrefix(name, "struct ") {
				fmt.Fprintf(&uses, "\t(void)sizeof(%s);\n", name)
			} else if name == "FILE" { // which is incomplete everywhere
				uses.WriteString("\t(void)sizeof(FILE *);\n")
			} else if name != "" {
				fmt.Fprintf(&uses, "#ifndef %s\n\t(void)sizeof(%s);\n#endif\n", name, name)
			}
		}
		// Every file is a program of its own, so that no header brings another's.
		id := strings.NewReplacer("/", "_", ".", "_").Replace(header)
		files = append(files, id+".c", fmt.Sprintf("#include <%s>\nvoid uses_%s(void) {\n%s}\n", header, id, uses.String()))
		fmt.Fprintf(&includes, "\tuses_%s();\n", id)
	}
	declared := strings.ReplaceAll(strings.ReplaceAll(includes.String(), "\tuses", "void uses"), "()", "(void)")
	_, err := buildC(t, append([]string{"*.c", "", "main.c", declared + "int main(void) {\n" + includes.String() + "}\n"}, files...)...)
	require.NoError(t, err)
}

func TestNotesStandBelowThePlace(t *testing.T) {
	require.Equal(t, "x.c:1:2: error: use of undeclared identifier 'AF_INET'\n    1 | AF_INET\n      | ^\nx.c:1:2: note: include the header <sys/socket.h>\n1 error generated.\n",
		noteHeaders("x.c:1:2: error: use of undeclared identifier 'AF_INET'\n    1 | AF_INET\n      | ^\n1 error generated.\n"))
	require.Equal(t, "x.c:1:2: error: unknown type name 'pid_t'\nx.c:1:2: note: include the header <sys/types.h>\n",
		noteHeaders("x.c:1:2: error: unknown type name 'pid_t'\n"))
	require.Equal(t, "x.c:1:10: fatal error: 'winsock2.h' file not found\n    1 | #include <winsock2.h>\nx.c:1:10: note: "+cWindows+"\n",
		noteHeaders("x.c:1:10: fatal error: 'winsock2.h' file not found\n    1 | #include <winsock2.h>\n"))
	for _, same := range []string{"", "x.c:1:2: error: use of undeclared identifier 'mine'\n    1 | mine\n", "x.c:1:2: error: unknown type name ''\n"} {
		require.Equal(t, same, noteHeaders(same))
	}
}
