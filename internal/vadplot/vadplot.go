// Package vadplot draws where speech was found in a recording: the waveform with
// its talkspurts, and each onset and offset magnified, with the range that holds
// the true one.
package vadplot

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"time"

	"callprobe/audio"
	"callprobe/audio/vad"
)

// Sizes of the picture, in pixels.
const (
	width        = 1200
	wholeHeight  = 280
	detailHeight = 200
)

// MaxDetails is how many talkspurts are magnified: the first ones.
const MaxDetails = 8

// around is how much of the sound on either side of an edge is magnified.
const around = 60 * time.Millisecond

// Write draws the talkspurts that were found in a clip as a PNG.
func Write(w io.Writer, name string, clip audio.Clip, found []vad.Talkspurt) error {
	if len(clip.Samples) == 0 {
		return fmt.Errorf("draw %s: it holds no sound", name)
	}
	detailed := found[:min(len(found), MaxDetails)]
	picture := image.NewRGBA(image.Rect(0, 0, width, wholeHeight+detailHeight*len(detailed)))
	draw.Draw(picture, picture.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	if err := put(picture, 0, 0, whole(name, clip, found)); err != nil {
		return fmt.Errorf("draw %s: %w", name, err)
	}
	for i, t := range detailed {
		y := wholeHeight + i*detailHeight
		if err := put(picture, 0, y, detail(clip, t, edge{"onset", i + 1, t.Onset, t.OnsetRange})); err != nil {
			return fmt.Errorf("draw %s: %w", name, err)
		}
		if err := put(picture, width/2, y, detail(clip, t, edge{"offset", i + 1, t.Offset, t.OffsetRange})); err != nil {
			return fmt.Errorf("draw %s: %w", name, err)
		}
	}
	if err := png.Encode(w, picture); err != nil {
		return fmt.Errorf("write picture of %s: %w", name, err)
	}
	return nil
}

// put renders a panel and lays it onto the picture.
func put(onto *image.RGBA, x, y int, p panel) error {
	var b bytes.Buffer
	if err := p.render(&b); err != nil {
		return err
	}
	drawn, err := png.Decode(&b)
	if err != nil {
		return err
	}
	at := drawn.Bounds().Add(image.Pt(x, y))
	draw.Draw(onto, at, drawn, drawn.Bounds().Min, draw.Src)
	return nil
}

// whole is the panel of the recording from its first sample to its last.
func whole(name string, clip audio.Clip, found []vad.Talkspurt) panel {
	p := panel{
		title: fmt.Sprintf("%s, %.3f s; talkspurts: %d", name, clip.Duration().Seconds(), len(found)),
		width: width, height: wholeHeight,
		clip: clip, span: audio.Span{End: audio.Pos(len(clip.Samples))}, top: loudest(clip.Samples),
	}
	for _, t := range found {
		p.speech = append(p.speech, audio.Span{Start: t.Onset, End: t.Offset})
		p.ranges = append(p.ranges, t.OnsetRange, t.OffsetRange)
	}
	return p
}

// edge is where a talkspurt begins or ends.
type edge struct {
	what  string
	nth   int
	at    audio.Pos
	known audio.Span
}

// detail is the panel of what surrounds an edge.
func detail(clip audio.Clip, t vad.Talkspurt, e edge) panel {
	reach := audio.Pos(clip.Rate.Samples(around))
	early, late := clip.Rate.Duration(int64(e.at-e.known.Start)), clip.Rate.Duration(int64(e.known.End-e.at))
	span := audio.Span{Start: min(e.at-reach, e.known.Start), End: max(e.at+reach, e.known.End)}
	return panel{
		title: fmt.Sprintf("%d: %s at sample %d, %.4f s, -%.1f +%.1f ms", e.nth, e.what, e.at, clip.Rate.Duration(int64(e.at)).Seconds(), millis(early), millis(late)),
		width: width / 2, height: detailHeight,
		clip: clip, span: span, top: magnified(t.LevelDBFS),
		speech: []audio.Span{{Start: t.Onset, End: t.Offset}}, ranges: []audio.Span{e.known}, mark: &e.at,
	}
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// loudest is the largest magnitude, at least one step of 16 bits.
func loudest(samples []int16) float64 {
	top := 1.0
	for _, s := range samples {
		top = max(top, float64(s), -float64(s))
	}
	return top
}
