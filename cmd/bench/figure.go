package main

import "slices"

// figure is one measured ratio: of the guest's time, or rate, to that of the
// same program native.
type figure struct {
	Name   string  `json:"name"`
	Of     string  `json:"of"`               // which program, such as bsd
	Cores  int     `json:"cores,omitempty"`  // that both ends had together
	Target float64 `json:"target,omitempty"` // 0: none
	Rate   bool    `json:"rate"`             // the ratio is of rates: higher is better
	Unit   string  `json:"unit"`             // of Native and Guest
	Native float64 `json:"native"`           // medians
	Guest  float64 `json:"guest"`
	Ratio  float64 `json:"ratio"` // the median of the rounds' ratios
	Low    float64 `json:"low"`   // their quartiles
	High   float64 `json:"high"`
	Rounds int     `json:"rounds"`
	Note   string  `json:"note,omitempty"`
}

// ok reports whether the target is met.
func (f *figure) ok() bool {
	return f.Target == 0 || f.Rate && f.Ratio >= f.Target || !f.Rate && f.Ratio <= f.Target
}

// fill sets what follows from the values of each round, native and guest
// alternately taken.
func (f *figure) fill(native, guest []float64) {
	ratios := make([]float64, len(native))
	for i := range native {
		ratios[i] = guest[i] / native[i]
	}
	f.Native, f.Guest = quantile(native, 0.5), quantile(guest, 0.5)
	f.Ratio, f.Low, f.High = quantile(ratios, 0.5), quantile(ratios, 0.25), quantile(ratios, 0.75)
	f.Rounds = len(native)
}

// quantile is the value below which a part q of the values lies.
func quantile(values []float64, q float64) float64 {
	s := slices.Sorted(slices.Values(values))
	if len(s) == 0 {
		return 0
	}
	at := q * float64(len(s)-1)
	i := int(at)
	if i+1 == len(s) {
		return s[i]
	}
	return s[i] + (at-float64(i))*(s[i+1]-s[i])
}
