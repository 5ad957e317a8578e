package calltest

import "math"

// amplitude turns dB into a factor.
func amplitude(db float64) float64 { return math.Pow(10, db/20) }
