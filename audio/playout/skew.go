package playout

import (
	"math/bits"
	"time"

	"callprobe/audio"
)

// skew is the sender's time against ours: how many nanoseconds more than one
// second pass on our clock while its RTP clock advances by one second.
// Positive: the sender is slow. It is an integer so that the same packets give
// the same bits everywhere.
type skew int64

const perSecond = int64(time.Second)

// wall returns how long n samples of the sender last on our clock.
func (k skew) wall(n int64) time.Duration {
	d := audio.Rate48k.Duration(n)
	return d + k.drift(d)
}

// drift returns what our clock gains while the sender's RTP clock advances by d.
func (k skew) drift(d time.Duration) time.Duration {
	return time.Duration(mulDiv(int64(d), int64(k), perSecond))
}

// samples returns how many samples of the sender pass in d of our clock,
// rounded to the nearest.
func (k skew) samples(d time.Duration) int64 {
	return audio.Rate48k.Samples(d - time.Duration(mulDiv(int64(d), int64(k), perSecond+int64(k))))
}

// ppm returns how much faster than ours the sender's clock runs.
func (k skew) ppm() float64 {
	const million = 1e6
	return million * float64(-k) / float64(perSecond+int64(k))
}

// mulDiv returns a*b/c, rounded towards zero, without overflow in between. It
// wants |b| < c.
func mulDiv(a, b, c int64) int64 {
	neg := (a < 0) != (b < 0)
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	q, _ := bits.Div64(hi, lo, uint64(c))
	if neg {
		return -int64(q)
	}
	return int64(q)
}

func magnitude(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}
