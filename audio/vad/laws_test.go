package vad_test

import (
	"encoding/binary"
	"runtime"
	"slices"
	"testing"
	"time"

	"callprobe/audio"
	"callprobe/audio/vad"
)

func TestLouderOrSofterSpeechHasTheSameOnset(t *testing.T) {
	var onsets []audio.Pos
	for _, peak := range []float64{2000, 4000, 8000, 16000} {
		pcm := slices.Concat(silence(300*time.Millisecond), voiced(700*time.Millisecond, peak), silence(400*time.Millisecond))
		found := detect(t, pcm)
		if len(found) != 1 {
			t.Fatalf("peak %.0f: found %+v, want one talkspurt", peak, found)
		}
		onsets = append(onsets, found[0].Onset)
	}
	if spread := slices.Max(onsets) - slices.Min(onsets); spread > 24 {
		t.Errorf("onsets %v, want them within 0.5 ms", onsets)
	}
}

func TestNoiseBeforeTheOnsetIsMeasured(t *testing.T) {
	const amplitude = 100 // -50.3 dBFS
	pcm := mixed(slices.Concat(silence(time.Second), voiced(900*time.Millisecond, 9000), silence(700*time.Millisecond)), noise(7, 3*time.Second, amplitude))
	found := detect(t, pcm)
	if len(found) != 1 {
		t.Fatalf("found %+v, want one talkspurt", found)
	}
	got := found[0]
	if got.NoiseDBFS < -51 || got.NoiseDBFS > -49.6 {
		t.Errorf("noise %.1f dBFS, want -50.3", got.NoiseDBFS)
	}
	want := audio.Clip{Rate: audio.Rate48k, Samples: voiced(900*time.Millisecond, 9000)}.ActiveLevelDBFS()
	if d := got.LevelDBFS - want; d < -1 || d > 1 {
		t.Errorf("level %.1f dBFS, want %.1f", got.LevelDBFS, want)
	}
	if got.OnsetRange.Len() < 48*20 {
		t.Errorf("onset range %v: noise hides weak starts, want it at least 20 ms wide", got.OnsetRange)
	}
	if !got.OnsetRange.Contains(got.Onset) || !got.OffsetRange.Contains(got.Offset) {
		t.Errorf("ranges %v and %v do not hold the edges %d and %d", got.OnsetRange, got.OffsetRange, got.Onset, got.Offset)
	}
}

func TestAStepInNoiseShortlyBeforeSpeechIsNotItsOnset(t *testing.T) {
	for _, ahead := range []time.Duration{350 * time.Millisecond, 600 * time.Millisecond, 2 * time.Second} {
		quiet := noise(1, 3*time.Second-ahead, 8)
		speech := slices.Concat(silence(ahead), voiced(900*time.Millisecond, 9000), silence(time.Second))
		pcm := slices.Concat(quiet, mixed(speech, noise(2, 5*time.Second, 60)))
		found := detect(t, pcm)
		if len(found) != 1 {
			t.Fatalf("step %v ahead: found %+v, want one talkspurt", ahead, found)
		}
		if d := found[0].Onset - 3*48000; d < -480 || d > 480 {
			t.Errorf("step %v ahead: onset %d samples from the speech, want it within 10 ms", ahead, d)
		}
	}
}

func TestAClickAheadOfSpeechIsNotItsOnset(t *testing.T) {
	pcm := slices.Concat(silence(time.Second), voiced(900*time.Millisecond, 9000), silence(time.Second))
	for _, ahead := range []int{5000, 10000, 30000} {
		with := slices.Clone(pcm)
		for i := range 100 {
			with[48000-ahead+i] = int16(12000 - 240*i)
		}
		found := detect(t, with)
		if len(found) != 1 {
			t.Fatalf("%d samples ahead: found %+v, want one talkspurt", ahead, found)
		}
		if d := found[0].Onset - 48000; d < -48 || d > 48 {
			t.Errorf("%d samples ahead: onset %d samples from the speech", ahead, d)
		}
	}
}

// TestLongCallsTakeBoundedMemory gives five minutes to one detector, whose audio
// alone would be 29 MB.
func TestLongCallsTakeBoundedMemory(t *testing.T) {
	if raceEnabled {
		t.Skip("slow with the race detector")
	}
	second := slices.Concat(mixed(voiced(600*time.Millisecond, 9000), noise(1, time.Second, 20)), noise(2, 400*time.Millisecond, 20))
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	d := vad.NewDetector()
	talkspurts := 0
	for range 300 {
		talkspurts += len(d.Write(second, true))
	}
	if used := int64(heap() - before); used > 8<<20 {
		t.Errorf("holds %d bytes after five minutes, want at most 8 MiB", used)
	}
	if talkspurts < 250 {
		t.Errorf("%d talkspurts, want 300 or nearly", talkspurts)
	}
	runtime.KeepAlive(d)
}

// FuzzDetector feeds arbitrary samples, of which arbitrary stretches carry no
// onset, in arbitrary pieces and checks what must hold for every sound: the pieces
// change nothing, and the talkspurts are in order and within the sound.
func FuzzDetector(f *testing.F) {
	f.Add([]byte{}, uint16(960), uint16(0), uint16(0))
	f.Add([]byte{0, 128, 255, 127}, uint16(1), uint16(1), uint16(3))
	f.Add(bytesOf(voiced(400*time.Millisecond, 9000)), uint16(480), uint16(3), uint16(960))
	f.Add(bytesOf(noise(1, 400*time.Millisecond, 3000)), uint16(7), uint16(0), uint16(0))
	f.Fuzz(func(t *testing.T, data []byte, size, received, concealed uint16) {
		pcm := make([]int16, min(len(data)/2, 3*48000))
		for i := range pcm {
			pcm[i] = int16(binary.LittleEndian.Uint16(data[2*i:]))
		}
		for len(pcm) > 0 && len(pcm) < 48000 {
			pcm = append(pcm, pcm...)
		}
		found := inPieces(pcm, max(1, len(pcm)), int(received), int(concealed))
		if again := inPieces(pcm, max(1, int(size)), int(received), int(concealed)); !slices.Equal(again, found) {
			t.Fatalf("in pieces of %d samples: %+v\nwhole: %+v", size, again, found)
		}
		last := audio.Pos(0)
		for _, s := range found {
			if s.Onset < last || s.Offset <= s.Onset || s.Offset > audio.Pos(len(pcm))+1 || !s.OnsetRange.Contains(s.Onset) || !s.OffsetRange.Contains(s.Offset) {
				t.Fatalf("talkspurts %+v of %d samples are out of order", found, len(pcm))
			}
			last = s.Offset
		}
		vad.FirstEnergy(pcm, audio.Pos(size))
		vad.SpeechByDefinition(audio.Clip{Rate: audio.Rate48k, Samples: pcm})
	})
}

// inPieces gives the detector at most size samples at once; received that carry
// an onset and concealed that carry none take turns.
func inPieces(pcm []int16, size, received, concealed int) []vad.Talkspurt {
	d := vad.NewDetector()
	var found []vad.Talkspurt
	for carries := true; len(pcm) > 0; carries = !carries || concealed == 0 {
		stretch := received + 1
		if !carries {
			stretch = concealed
		}
		stretch = min(stretch, len(pcm))
		for part := range slices.Chunk(pcm[:stretch], size) {
			found = append(found, d.Write(part, carries)...)
		}
		pcm = pcm[stretch:]
	}
	return append(found, d.Close()...)
}

func TestAWordShorterThanATenthOfASecondIsFound(t *testing.T) {
	for _, length := range []time.Duration{80 * time.Millisecond, 95 * time.Millisecond} {
		word := slices.Concat(silence(700*time.Millisecond), voiced(length, 9000), silence(700*time.Millisecond))
		for name, pcm := range map[string][]int16{"in silence": word, "in noise": mixed(word, noise(3, 2*time.Second, 20))} {
			found := detect(t, pcm)
			if len(found) != 1 {
				t.Errorf("%v %s: found %+v, want one talkspurt", length, name, found)
				continue
			}
			if d := found[0].Onset - 700*48; d < -240 || d > 240 {
				t.Errorf("%v %s: onset %d samples off, want it within 5 ms", length, name, d)
			}
		}
	}
}

func TestQuietSpeechIsFound(t *testing.T) {
	quiet := audio.Clip{Rate: audio.Rate48k, Samples: voiced(900*time.Millisecond, 9000)}.WithActiveLevel(-40).Samples
	found := detect(t, slices.Concat(silence(time.Second), quiet, silence(time.Second)))
	if len(found) != 1 || found[0].Onset < 48000-48 || found[0].Onset > 48000+48 {
		t.Fatalf("found %+v, want one talkspurt within 1 ms of 48000", found)
	}
}

func TestARangeIsAsWideAsWhatHidesTheEdge(t *testing.T) {
	clean := slices.Concat(silence(time.Second), voiced(900*time.Millisecond, 9000), silence(time.Second))
	crisp := detect(t, clean)
	hidden := detect(t, mixed(clean, noise(6, 3*time.Second, 300)))
	if len(crisp) != 1 || len(hidden) != 1 {
		t.Fatalf("found %+v and %+v, want one talkspurt each", crisp, hidden)
	}
	if n := crisp[0].OnsetRange.Len(); n > 48*5 {
		t.Errorf("in silence the onset's range is %d samples, want at most 5 ms", n)
	}
	if n := hidden[0].OnsetRange.Len(); n < 48*60 {
		t.Errorf("in noise 17 dB below the speech the onset's range is %d samples, want at least 60 ms", n)
	}
}

func bytesOf(pcm []int16) []byte {
	out := make([]byte, 0, 2*len(pcm))
	for _, s := range pcm {
		out = binary.LittleEndian.AppendUint16(out, uint16(s))
	}
	return out
}
