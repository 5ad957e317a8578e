package vadplot

import (
	"fmt"
	"io"
	"math"

	"github.com/go-analyze/charts/chartdraw"
	"github.com/go-analyze/charts/chartdraw/drawing"

	"callprobe/audio"
)

// magnifiedBelowDB is how far below the active level of the speech the top of a
// magnified panel lies: weak first sounds would be a flat line otherwise.
const magnifiedBelowDB = 20

// fullScale is the magnitude of 0 dBFS, in steps of 16 bits.
const fullScale = 32768

// magnified is the magnitude at the top of a magnified panel, in steps of 16
// bits, for speech of an active level.
func magnified(levelDBFS float64) float64 {
	return max(4, fullScale*math.Pow(10, (levelDBFS-magnifiedBelowDB)/20))
}

// panel is one drawing of a stretch of sound.
type panel struct {
	title         string
	width, height int
	clip          audio.Clip
	span          audio.Span
	// top is the magnitude at the upper edge; what is louder is cut off there.
	top float64
	// speech and ranges are drawn behind the sound, mark as a line.
	speech, ranges []audio.Span
	mark           *audio.Pos
}

// The colours are told apart by their darkness, too.
func soundColor() drawing.Color  { return drawing.ColorFromHex("1f3a5f") }
func speechColor() drawing.Color { return drawing.ColorFromHex("cfe8cf") }
func rangeColor() drawing.Color  { return drawing.ColorFromHex("f2b34c") }
func markColor() drawing.Color   { return drawing.ColorFromHex("c0392b") }

func (p panel) render(w io.Writer) error {
	series := make([]chartdraw.Series, 0, len(p.speech)+len(p.ranges)+2)
	for _, s := range p.speech {
		series = p.band(series, s, speechColor())
	}
	for _, s := range p.ranges {
		series = p.band(series, s, rangeColor())
	}
	series = append(series, p.sound())
	if p.mark != nil {
		x := p.seconds(*p.mark)
		series = append(series, chartdraw.ContinuousSeries{
			Style:   chartdraw.Style{StrokeColor: markColor(), StrokeWidth: 1.5},
			XValues: []float64{x, x}, YValues: []float64{-1, 1},
		})
	}
	first, last := p.seconds(p.span.Start), p.seconds(p.span.End)
	return chartdraw.Chart{
		Title: p.title, TitleStyle: chartdraw.Style{FontStyle: chartdraw.FontStyle{FontSize: 10}},
		Width: p.width, Height: p.height,
		Background: chartdraw.Style{Padding: chartdraw.Box{Top: 30, Left: 15, Right: 15, Bottom: 5, IsSet: true}},
		XAxis: chartdraw.XAxis{
			Range: &chartdraw.ContinuousRange{Min: first, Max: last},
			Ticks: ticks(first, last),
		},
		YAxis:          chartdraw.YAxis{Style: chartdraw.Hidden(), Ticks: []chartdraw.Tick{{Value: -1}, {Value: 1}}},
		YAxisSecondary: chartdraw.YAxis{Style: chartdraw.Hidden(), Ticks: []chartdraw.Tick{{Value: -1}, {Value: 1}}},
		Series:         series,
	}.Render(chartdraw.PNG, w)
}

func (p panel) seconds(at audio.Pos) float64 { return float64(at) / float64(p.clip.Rate) }

// band fills the height of the panel over the part of a span that is shown.
func (p panel) band(onto []chartdraw.Series, s audio.Span, fill drawing.Color) []chartdraw.Series {
	from, to := max(s.Start, p.span.Start), min(s.End, p.span.End)
	if from >= to {
		return onto
	}
	for _, side := range []float64{1, -1} { // Each is filled up to zero.
		onto = append(onto, chartdraw.ContinuousSeries{
			Style:   chartdraw.Style{StrokeColor: fill, StrokeWidth: 1, FillColor: fill},
			XValues: []float64{p.seconds(from), p.seconds(to)}, YValues: []float64{side, side},
		})
	}
	return onto
}

// sound is the waveform: the lowest and the highest sample of each column.
func (p panel) sound() chartdraw.ContinuousSeries {
	line := chartdraw.ContinuousSeries{Style: chartdraw.Style{StrokeColor: soundColor(), StrokeWidth: 1}}
	columns := min(int64(p.width), p.span.Len())
	for c := range columns {
		from := p.span.Start + audio.Pos(c*p.span.Len()/columns)
		to := p.span.Start + audio.Pos((c+1)*p.span.Len()/columns)
		low, high := p.extremes(from, to)
		line.XValues = append(line.XValues, p.seconds(from), p.seconds(from))
		line.YValues = append(line.YValues, low, high)
	}
	return line
}

// extremes are the lowest and the highest sample of a stretch, as parts of the
// panel's height; what lies outside of the clip is silence.
func (p panel) extremes(from, to audio.Pos) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for at := from; at < to; at++ {
		v := 0.0
		if at >= 0 && at < audio.Pos(len(p.clip.Samples)) {
			v = min(1, max(-1, float64(p.clip.Samples[at])/p.top))
		}
		low, high = min(low, v), max(high, v)
	}
	return low, high
}

// ticks are three to eight round times from first to last, and both ends without
// a label: the chart reaches from its first tick to its last.
func ticks(first, last float64) []chartdraw.Tick {
	const most = 8
	step := math.Pow(10, math.Floor(math.Log10((last-first)/most)))
	for _, times := range []float64{2, 2.5, 2} { // 1, 2, 5, 10
		if (last-first)/step > most {
			step *= times
		}
	}
	out := []chartdraw.Tick{{Value: first}}
	for v := math.Ceil(first/step) * step; v <= last; v += step {
		out = append(out, chartdraw.Tick{Value: v, Label: fmt.Sprintf("%.6g s", math.Round(v*1e6)/1e6)})
	}
	return append(out, chartdraw.Tick{Value: last})
}
