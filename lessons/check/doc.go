// Package check runs a lesson's checks on a submission and says, for each,
// what happened and why.
//
// A lesson's check.star is a Starlark program (README.md is its manual). Each
// of its checks is a trial: a lab of its own (package lab), the student's
// programs as guests in it, native peers on the lab's own sockets that play
// the other side, and a History of every call. A script waits for what
// guests do, never for time to pass: a watch over each guest's sockets tells
// one that is slow from one that waits for ever, so that a wait ends when
// nothing can come of it.
//
// The first assertion that fails ends a trial. Everything is frozen then, and
// the diagnoses' fingerprints are tried on it in order; the first that fits
// says what happened, which rule was broken and where to look.
//
// What a submission prints is data that a script may compare, and nothing
// else: no output of a guest can make a result.
package check
