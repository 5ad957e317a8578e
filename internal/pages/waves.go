package pages

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"callprobe/audio"
	"callprobe/internal/history"
)

// waves are the loudest sample of each slot of time, on both sides of a call,
// from 0 to 1.
type waves struct {
	slot          time.Duration
	caller, agent []float64
}

const (
	// waveSlots is how many slots a call is divided into.
	waveSlots = 480
	// wavHeader is the length of the header that package audio writes.
	wavHeader = 44
	// maxWaveBytes bounds how much sound is looked at: eleven minutes.
	maxWaveBytes = 128 << 20
)

// waves reads the sound of a call, or returns nil where there is none to be
// drawn: the page is whole without.
func (p *pages) waves(c *history.Call) *waves {
	if !c.Audio || c.Report.Duration <= 0 {
		return nil
	}
	f, err := p.Calls.OpenAudio(c.Entry.ID)
	if err != nil {
		return nil
	}
	defer f.Close() //nolint:errcheck // Nothing was written.
	info, err := f.Stat()
	if err != nil || info.Size() > maxWaveBytes {
		return nil
	}
	w, err := readWaves(bufio.NewReaderSize(f, 64<<10), c.Report.Duration/waveSlots)
	if err != nil {
		p.Log.Warn("the sound of a kept call cannot be drawn", "call", c.Entry.ID, "err", err)
		return nil
	}
	return w
}

// readWaves reads the WAV of a kept call: 16 bits, 48 kHz, the caller left and
// the agent right.
func readWaves(r io.Reader, slot time.Duration) (*waves, error) {
	if _, err := io.CopyN(io.Discard, r, wavHeader); err != nil {
		return nil, fmt.Errorf("read sound: %w", err)
	}
	w := &waves{slot: slot}
	frames := max(audio.Rate48k.Samples(slot), 1)
	block := make([]byte, 4*frames)
	for {
		n, err := io.ReadFull(r, block)
		if n >= 4 {
			w.caller = append(w.caller, loudest(block[:n], 0))
			w.agent = append(w.agent, loudest(block[:n], 2))
		}
		switch err {
		case nil:
		case io.EOF, io.ErrUnexpectedEOF:
			return w, nil
		default:
			return nil, fmt.Errorf("read sound: %w", err)
		}
	}
}

// loudest is the highest level of one channel of interleaved samples.
func loudest(block []byte, channel int) float64 {
	most := 0.0
	for i := channel; i+1 < len(block); i += 4 {
		most = max(most, math.Abs(float64(int16(binary.LittleEndian.Uint16(block[i:]))))) //nolint:gosec // The bits of a sample.
	}
	return most / math.MaxInt16
}

// waves draws the outlines of both sides over their lanes.
func (p *pen) waves(w *waves) {
	if w == nil {
		return
	}
	p.Waves = []string{p.outline(w.caller, w.slot, callerY), p.outline(w.agent, w.slot, agentY)}
}

// outline is a path around the middle of a lane. Quiet sound is drawn higher
// than it is, as it is heard.
func (p *pen) outline(levels []float64, slot time.Duration, y float64) string {
	middle := y + soundY
	var up, down strings.Builder
	for i, level := range levels {
		x, h := p.x(time.Duration(i)*slot), math.Pow(min(level, 1), 0.6)*soundH
		fmt.Fprintf(&up, "L%g %g", x, round(middle-h))
		j := len(levels) - 1 - i
		fmt.Fprintf(&down, "L%g %g", p.x(time.Duration(j)*slot), round(middle+math.Pow(min(levels[j], 1), 0.6)*soundH))
	}
	return fmt.Sprintf("M%g %g", p.Left, middle) + up.String() + down.String() + "Z"
}
