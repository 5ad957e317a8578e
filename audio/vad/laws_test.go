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

// FuzzDetector feeds arbitrary samples in arbitrary pieces and checks what must
// hold for every sound.
func FuzzDetector(f *testing.F) {
	f.Add([]byte{}, uint16(960), uint8(0))
	f.Add([]byte{0, 128, 255, 127}, uint16(1), uint8(1))
	f.Add(bytesOf(voiced(400*time.Millisecond, 9000)), uint16(480), uint8(3))
	f.Add(bytesOf(noise(1, 400*time.Millisecond, 3000)), uint16(7), uint8(0))
	f.Fuzz(func(t *testing.T, data []byte, size uint16, blocked uint8) {
		pcm := make([]int16, len(data)/2)
		for i := range pcm {
			pcm[i] = int16(binary.LittleEndian.Uint16(data[2*i:]))
		}
		for len(pcm) > 0 && len(pcm) < 48000 {
			pcm = append(pcm, pcm...)
		}
		d := vad.NewDetector()
		var found []vad.Talkspurt
		n := 0
		for part := range slices.Chunk(pcm, max(1, int(size))) {
			n++
			found = append(found, d.Write(part, blocked == 0 || n%int(blocked) != 0)...)
		}
		found = append(found, d.Close()...)
		last := audio.Pos(0)
		for _, s := range found {
			if s.Onset < last || s.Offset <= s.Onset || s.Offset > audio.Pos(len(pcm))+1 || !s.OnsetRange.Contains(s.Onset) {
				t.Fatalf("talkspurts %+v of %d samples are out of order", found, len(pcm))
			}
			last = s.Onset
		}
		vad.FirstEnergy(pcm, audio.Pos(size))
		vad.SpeechByDefinition(audio.Clip{Rate: audio.Rate48k, Samples: pcm})
	})
}

func bytesOf(pcm []int16) []byte {
	out := make([]byte, 0, 2*len(pcm))
	for _, s := range pcm {
		out = binary.LittleEndian.AppendUint16(out, uint16(s))
	}
	return out
}
