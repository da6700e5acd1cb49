package main

import (
	"flag"
	"fmt"

	"socklab/runtime/build"
)

// compilerFlag is --compiler, of every command that builds.
type compilerFlag struct{ build.Compiler }

// declare declares the flag. Without a default, native compilers are taken
// where they are at hand.
func (f *compilerFlag) declare(set *flag.FlagSet, standard build.Compiler) {
	f.Compiler = standard
	says := "native where it is at hand"
	if standard != "" {
		says = string(standard)
	}
	set.Var(f, "compiler", "where compilers run: `sandboxed`, or native for code that is one's own (default: "+says+")")
}

func (f *compilerFlag) String() string { return "" }

func (f *compilerFlag) Set(v string) error {
	switch c := build.Compiler(v); c {
	case build.Native, build.Sandboxed:
		f.Compiler = c
		return nil
	}
	return fmt.Errorf("it is %s or %s", build.Sandboxed, build.Native)
}
