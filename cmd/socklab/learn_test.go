package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestADumbTerminalGetsPlainLines(t *testing.T) {
	var f learnFlags
	require.True(t, f.screen("xterm"))
	require.False(t, f.screen("dumb"))
	t.Setenv("TERM", "dumb")
	t.Setenv("NO_COLOR", "")
	require.True(t, noColour())
	t.Setenv("TERM", "xterm")
	require.False(t, noColour())
}
