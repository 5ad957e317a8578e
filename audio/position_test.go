package audio

import (
	"math"
	"testing"
	"testing/quick"
)

func TestConvertGoesToTheNearestPosition(t *testing.T) {
	for _, tc := range []struct {
		from Rate
		p    Pos
		to   Rate
		want Pos
	}{
		{16000, 0, 48000, 0},
		{16000, 7, 48000, 21},
		{48000, 21, 16000, 7},
		{48000, 22, 16000, 7},
		{48000, 23, 16000, 8},
		{44100, 1, 48000, 1},
		{44100, 44100 * 3600, 48000, 48000 * 3600},
		{44100, 147 * 1000, 48000, 160 * 1000},
		{48000, 1, 24000, 1}, // A half goes away from zero.
		{48000, -1, 24000, -1},
		{48000, -22, 16000, -7},
		{48000, math.MaxInt64 / 48000 * 48000, 16000, math.MaxInt64 / 48000 * 16000},
		{0, 5, 48000, 0},
	} {
		if got := tc.from.Convert(tc.p, tc.to); got != tc.want {
			t.Errorf("%d at %d Hz is %d at %d Hz, want %d", tc.p, tc.from, got, tc.to, tc.want)
		}
	}
}

func TestConvertUpAndBackIsWhereItWas(t *testing.T) {
	law := func(p int32, a, b uint16) bool {
		from, to := Rate(a)+1, Rate(a)+1+Rate(b)
		return to.Convert(from.Convert(Pos(p), to), from) == Pos(p)
	}
	if err := quick.Check(law, nil); err != nil {
		t.Error(err)
	}
}

func TestConvertSpanConvertsBothEnds(t *testing.T) {
	got := Rate(16000).ConvertSpan(Span{Start: 160, End: 320}, 48000)
	if got != (Span{Start: 480, End: 960}) {
		t.Errorf("%v", got)
	}
}
