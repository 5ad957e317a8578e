package vadplot

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"testing"
	"time"

	"callprobe/audio"
	"callprobe/audio/vad"
)

// beeps is two seconds of silence with a loud tone in the middle second.
func beeps(rate audio.Rate) (audio.Clip, vad.Talkspurt) {
	c := audio.Clip{Rate: rate, Samples: make([]int16, 2*int(rate))}
	for i := rate / 2; i < 3*rate/2; i++ {
		c.Samples[i] = int16(6000 * math.Sin(float64(i)*2*math.Pi*440/float64(rate)))
	}
	c.Samples[rate] = 32767 // Leaves room above the tone.
	at := func(d time.Duration) audio.Pos { return audio.Pos(rate.Samples(d)) }
	return c, vad.Talkspurt{
		Onset: at(500 * time.Millisecond), Offset: at(1500 * time.Millisecond),
		OnsetRange:  audio.Span{Start: at(480 * time.Millisecond), End: at(505 * time.Millisecond)},
		OffsetRange: audio.Span{Start: at(1490 * time.Millisecond), End: at(1500 * time.Millisecond)},
		LevelDBFS:   -18,
	}
}

func drawn(t *testing.T, c audio.Clip, found ...vad.Talkspurt) image.Image {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, "beeps.wav", c, found); err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

// columns returns the first and the last column of a part of the picture that
// shows a colour, or nearly.
func columns(m image.Image, part image.Rectangle, want color.Color) (first, last int) {
	return where(m, part, func(c color.Color) bool {
		r, g, b, _ := want.RGBA()
		cr, cg, cb, _ := c.RGBA()
		const near = 0x1800
		return apart(r, cr) < near && apart(g, cg) < near && apart(b, cb) < near
	})
}

// inside is the part of a panel without its title and its labels.
func inside(panel image.Rectangle) image.Rectangle {
	return image.Rect(panel.Min.X, panel.Min.Y+panel.Dy()/4, panel.Max.X, panel.Max.Y-panel.Dy()/4)
}

func apart(a, b uint32) uint32 { return max(a, b) - min(a, b) }

// plotted returns the first and the last column of a panel's sound, by the line
// of its silence.
func plotted(m image.Image, panel image.Rectangle) (first, last int) {
	middle := panel.Min.Y + 4*panel.Dy()/10
	return where(m, image.Rect(panel.Min.X, middle, panel.Max.X, middle+panel.Dy()/5), func(c color.Color) bool {
		r, g, b, _ := c.RGBA()
		return r < 0xe000 && g < 0xe000 && b < 0xf000
	})
}

func where(m image.Image, part image.Rectangle, is func(color.Color) bool) (first, last int) {
	first, last = -1, -1
	for x := part.Min.X; x < part.Max.X; x++ {
		for y := part.Min.Y; y < part.Max.Y; y++ {
			if is(m.At(x, y)) {
				if first < 0 {
					first = x
				}
				last = x
				break
			}
		}
	}
	return first, last
}

// near reports whether a column shows a moment of a panel that reaches from
// pixel left to right and from second from to second to.
func near(t *testing.T, what string, x, left, right int, at, from, to float64) {
	t.Helper()
	want := float64(left) + (at-from)/(to-from)*float64(right-left)
	if math.Abs(float64(x)-want) > 6 {
		t.Errorf("%s is drawn at column %d, belongs at %.0f", what, x, want)
	}
}

func TestThePictureShowsSpeechAndRangesWhereTheyAre(t *testing.T) {
	c, s := beeps(8000)
	m := drawn(t, c, s)
	if got := m.Bounds(); got.Dx() != width || got.Dy() != wholeHeight+detailHeight {
		t.Fatalf("it is %v", got)
	}
	top := image.Rect(0, 0, width, wholeHeight)
	left, right := plotted(m, top)
	speech, speechEnd := columns(m, image.Rect(0, 40, width, wholeHeight/2-40), speechColor())
	near(t, "the speech", speech, left, right, 0.5, 0, 2)
	near(t, "its end", speechEnd, left, right, 1.5, 0, 2)
	first, last := columns(m, top, rangeColor())
	near(t, "the earliest onset", first, left, right, 0.48, 0, 2)
	near(t, "the latest offset", last, left, right, 1.5, 0, 2)
	onset := image.Rect(0, wholeHeight, width/2, wholeHeight+detailHeight)
	left, right = plotted(m, onset)
	first, last = columns(m, onset, rangeColor())
	near(t, "the earliest onset, magnified,", first, left, right, 0.48, 0.44, 0.56)
	near(t, "the latest onset, magnified,", last, left, right, 0.505, 0.44, 0.56)
	mark, _ := columns(m, inside(onset), markColor())
	near(t, "the onset, magnified,", mark, left, right, 0.5, 0.44, 0.56)
}

func TestAWeakStartIsMagnified(t *testing.T) {
	c, s := beeps(48000)
	weak := audio.Rate48k.Samples(10 * time.Millisecond)
	for i := range weak { // Speech at -35 dB of its level begins 10 ms earlier.
		at := int64(s.Onset) - weak + i
		c.Samples[at] = int16(6000 * math.Pow(10, -35.0/20) * math.Sin(float64(at)*2*math.Pi*440/48000))
	}
	p := detail(c, s, edge{"onset", 1, s.Onset, s.OnsetRange})
	low, high := p.extremes(s.Onset-audio.Pos(weak), s.Onset)
	if high-low < 0.15 {
		t.Errorf("the weak start is %.3f of the panel high", (high-low)/2)
	}
}

func TestNoMoreThanTheFirstTalkspurtsAreMagnified(t *testing.T) {
	c, s := beeps(8000)
	many := make([]vad.Talkspurt, 3*MaxDetails)
	for i := range many {
		many[i] = s
	}
	if got, want := drawn(t, c, many...).Bounds().Dy(), wholeHeight+MaxDetails*detailHeight; got != want {
		t.Errorf("it is %d pixels high, want %d", got, want)
	}
	if got := drawn(t, c).Bounds().Dy(); got != wholeHeight {
		t.Errorf("without speech it is %d pixels high", got)
	}
}

func TestRecordingsThatAreHardToDraw(t *testing.T) {
	for name, c := range map[string]audio.Clip{
		"one sample":      {Rate: 48000, Samples: []int16{7}},
		"digital silence": {Rate: 48000, Samples: make([]int16, 48000)},
		"full scale":      {Rate: 8000, Samples: []int16{-32768, 32767, -32768, 32767}},
	} {
		t.Run(name, func(t *testing.T) {
			edge := vad.Talkspurt{Onset: 0, Offset: audio.Pos(len(c.Samples)), OnsetRange: audio.Span{Start: 0, End: 1}, LevelDBFS: math.Inf(-1)}
			drawn(t, c, edge)
		})
	}
	if err := Write(&bytes.Buffer{}, "empty.wav", audio.Clip{Rate: 48000}, nil); err == nil {
		t.Error("nothing at all is drawn")
	}
}

func TestTicksAreRoundAndReachBothEnds(t *testing.T) {
	for _, r := range [][2]float64{{0, 2}, {0.0417, 0.1617}, {0, 3600}, {12.3456, 12.3457}, {0, 3.2}} {
		got := ticks(r[0], r[1])
		if n := len(got) - 2; n < 2 || n > 9 {
			t.Errorf("%v has %d ticks", r, n)
		}
		if got[0].Value != r[0] || got[len(got)-1].Value != r[1] {
			t.Errorf("%v: ticks from %g to %g", r, got[0].Value, got[len(got)-1].Value)
		}
	}
}
