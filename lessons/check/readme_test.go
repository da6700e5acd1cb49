package check

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The manual names every verb and property that a script can use.
func TestTheManualNamesEverythingThatScriptsCanUse(t *testing.T) {
	b, err := os.ReadFile("README.md")
	require.NoError(t, err)
	text := string(b)
	for prefix, o := range map[string]object{
		"t.": &trial{}, "g.": &guest{}, "c.": &conn{}, "l.": &listener{}, "e.": &evidence{},
		".": &random{}, "`": &call{},
	} {
		for _, name := range attrNames(o) {
			require.True(t, strings.Contains(text, prefix+name), "%s of %s", name, o.kind())
		}
	}
	for _, name := range attrNames(&socketView{}) {
		require.True(t, strings.Contains(text, "`"+name+"`"), name)
	}
	for name := range predeclared {
		require.True(t, strings.Contains(text, name), name)
	}
	for _, why := range []string{whyWrong, whyExtra, whyEOF, whyReset, whyOpen, whyStuck, whyEnded, whyTimeout, whyLate, whySpin, whyRefused, whyNoListen, whyExit, whyStdout, whyRule, whyMissing, whyLimit, whyBusy} {
		require.True(t, strings.Contains(text, `"`+why+`"`), why)
	}
}
