package main

import (
	"fmt"
	"io"
)

const row = "%-29s %-4s %5s  %11s %11s %-5s %6s  %-13s %7s  %-4s %s\n"

func printHead(w io.Writer, b *bencher) {
	fmt.Fprintf(w, "medians of %d rounds, native and guest in turn; the spread is from the lower to the upper quartile\n\n", b.count)
	fmt.Fprintf(w, row, "figure", "of", "cores", "native", "guest", "", "ratio", "spread", "target", "", "")
}

// print writes the figure as a row of the table.
func (f *figure) print(w io.Writer) {
	cores, target, verdict := "", "", ""
	if f.Cores > 0 {
		cores = fmt.Sprint(f.Cores)
	}
	if f.Target > 0 {
		sign := "≤"
		if f.Rate {
			sign = "≥"
		}
		target = fmt.Sprintf("%s %.2f", sign, f.Target)
		verdict = "ok"
		if !f.ok() {
			verdict = "over"
		}
	}
	ratio, spread := "-", ""
	if f.Rounds > 0 {
		ratio, spread = fmt.Sprintf("%.2f", f.Ratio), fmt.Sprintf("%.2f … %.2f", f.Low, f.High)
	}
	fmt.Fprintf(w, row, f.Name, f.Of, cores, number(f.Native), number(f.Guest), f.Unit, ratio, spread, target, verdict, f.Note)
}

// number is a value with three or four digits that count.
func number(v float64) string {
	switch {
	case v == 0:
		return "-"
	case v < 10:
		return fmt.Sprintf("%.2f", v)
	case v < 100:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}
