package ears

import "math"

// slack is the share by which speech may be longer or shorter than its
// recording and still be taken for it.
const slack = 0.2

// looseEnds is how many windows at either end of what was heard may be left
// out: noise and breath move the ends that the trimming finds.
const looseEnds = 12

// warp is the distance of two series of features under dynamic time warping
// (Sakoe and Chiba, IEEE Transactions on Acoustics, Speech, and Signal
// Processing 26, 1978): the mean Euclidean distance along the best path within
// a band. It is infinite when their lengths differ too much.
func warp(known, heard features) float64 {
	n, m := len(known), len(heard)
	if n == 0 || m == 0 {
		return math.Inf(1)
	}
	if ratio := float64(m) / float64(n); math.Abs(float64(m-n)) > looseEnds && (ratio > 1+slack || ratio < 1-slack) {
		return math.Inf(1)
	}
	band := int(slack*float64(max(n, m))) + looseEnds
	previous, current := make([]cell, m+1), make([]cell, m+1)
	for j := range previous {
		previous[j] = worst()
		if j <= looseEnds {
			previous[j] = cell{}
		}
	}
	for i := 1; i <= n; i++ {
		centre := i * m / n
		for j := range current {
			current[j] = worst()
		}
		for j := max(1, centre-band); j <= min(m, centre+band); j++ {
			d := euclid(&known[i-1], &heard[j-1])
			least := cell{previous[j-1].cost + 2*d, previous[j-1].length + 2}
			if c := previous[j].cost + d; c < least.cost {
				least = cell{c, previous[j].length + 1}
			}
			if c := current[j-1].cost + d; c < least.cost {
				least = cell{c, current[j-1].length + 1}
			}
			current[j] = least
		}
		previous, current = current, previous
	}
	least := math.Inf(1)
	for j := max(1, m-looseEnds); j <= m; j++ {
		least = min(least, previous[j].mean())
	}
	return least
}

// cell is the best path to a point: its cost and its length.
type cell struct{ cost, length float64 }

func worst() cell { return cell{cost: math.Inf(1)} }

func (c cell) mean() float64 {
	if c.length == 0 {
		return math.Inf(1)
	}
	return c.cost / c.length
}

func euclid(a, b *[cepstra]float64) float64 {
	sum := 0.0
	for k := range a {
		d := a[k] - b[k]
		sum += d * d
	}
	return math.Sqrt(sum)
}
