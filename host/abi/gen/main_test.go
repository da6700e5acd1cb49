package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Generated files must be what the tables say now.
func TestOutputsAreCurrent(t *testing.T) {
	for _, o := range outputs {
		t.Run(o.path, func(t *testing.T) {
			want, err := o.text()
			require.NoError(t, err)
			have, err := os.ReadFile(filepath.Join("../../..", filepath.FromSlash(o.path)))
			require.NoError(t, err)
			require.Equal(t, string(want), string(have), "run go generate ./host/abi")
		})
	}
}
