package voice

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"math"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"callprobe/audio"
	"callprobe/audio/opus"
)

// tone is a WAV file with a tone between silences.
func tone(t *testing.T) []byte {
	t.Helper()
	pcm := make([]int16, 48000)
	for i := 12000; i < 36000; i++ {
		pcm[i] = int16(8000 * math.Sin(float64(i)/20))
	}
	var b bytes.Buffer
	if err := audio.WriteWAV(&b, audio.Rate48k, pcm); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

func TestLoadReplies(t *testing.T) {
	wav := &fstest.MapFile{Data: tone(t)}
	for _, tt := range []struct {
		rule    string
		files   fstest.MapFS
		wantErr string
	}{
		{"the index gives text, role and question", fstest.MapFS{
			"replies.json": file(`[{"file":"a.wav","text":"Yes.","role":"reply","answers":"question"}]`), "a.wav": wav,
		}, ""},
		{"a text file beside stands in for the index", fstest.MapFS{
			"replies.json": file(`[{"file":"a.wav","role":"reply","answers":"question"}]`), "a.wav": wav, "a.txt": file("Yes.\n"),
		}, ""},
		{"no text at all is an error that names the file", fstest.MapFS{
			"replies.json": file(`[{"file":"a.wav"}]`), "a.wav": wav,
		}, "a.txt"},
		{"a missing recording is an error that names it", fstest.MapFS{
			"replies.json": file(`[{"file":"b.wav","text":"No."}]`),
		}, "b.wav"},
		{"a broken index is an error that names it", fstest.MapFS{"replies.json": file(`{`)}, "replies.json"},
		{"no index is an error", fstest.MapFS{}, "replies.json"},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			recs, err := LoadReplies(tt.files, ".")
			if tt.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wantErr) {
					t.Fatalf("error %v, want one with %q", err, tt.wantErr)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			r := recs[0]
			if r.Name != "a" || r.Text != "Yes." || r.Role != "reply" || r.Answers != "question" {
				t.Errorf("got %q, %q, %q, %q", r.Name, r.Text, r.Role, r.Answers)
			}
			// The quarter of a second before the tone is cut to 10 ms.
			if r.Speech.Start != 480 || r.Speech.Len() < 23980 || r.Speech.Len() > 24000 || len(r.Clip.Samples) > 36490 {
				t.Errorf("speech %v of %d samples, want 480 to 24480 of 36480", r.Speech, len(r.Clip.Samples))
			}
		})
	}
}

func TestTheAgentsOwnRecordingsAreComplete(t *testing.T) {
	replies := os.DirFS("../replies")
	data, err := fs.ReadFile(replies, "replies.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []listed
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	roles, answers := map[string]bool{}, map[string]bool{}
	for _, entry := range list {
		roles[entry.Role], answers[entry.Answers] = true, true
		if _, err := fs.Stat(replies, entry.File); err != nil || entry.Text == "" {
			t.Errorf("%s: text %q, %v", entry.File, entry.Text, err)
		}
	}
	for _, role := range []string{Greeting, Fallback} {
		if !roles[role] {
			t.Errorf("no recording has the role %q", role)
		}
	}
	utterances, err := fs.Glob(os.DirFS("../../scenarios/utterances"), "*.mp3")
	if err != nil || len(utterances) == 0 {
		t.Fatalf("%d utterances: %v", len(utterances), err)
	}
	for _, file := range utterances {
		if name := strings.TrimSuffix(file, ".mp3"); !answers[name] {
			t.Errorf("no recording answers %q", name)
		}
	}
}

func TestATakeCarriesTheWordsWhereItSays(t *testing.T) {
	rec, err := Load(fstest.MapFS{"a.wav": &fstest.MapFile{Data: tone(t)}}, "a.wav", "beep")
	if err != nil {
		t.Fatal(err)
	}
	takes := NewTakes(48)
	for _, shift := range []int64{0, 1, 500, 959} {
		take := takes.Get(&rec, shift)
		if take.Shift < shift || take.Shift >= shift+48 || take != takes.Get(&rec, shift) {
			t.Errorf("shift %d became %d; or it was made twice", shift, take.Shift)
		}
		dec, err := opus.NewDecoder()
		if err != nil {
			t.Fatal(err)
		}
		pcm := make([]int16, opus.MaxPacketSamples)
		first := int64(-1)
		for i := range take.Frames {
			packet, err := take.Packet(i)
			if err != nil {
				t.Fatal(err)
			}
			n, err := dec.Decode(packet, pcm)
			if err != nil {
				t.Fatal(err)
			}
			for j, s := range pcm[:n] {
				if first < 0 && (s > 1000 || s < -1000) {
					first = i*audio.FrameSamples + int64(j)
				}
			}
		}
		// Opus bounds the honest accuracy of an onset to about 1 ms.
		if off := first - take.Onset; off < -48 || off > 96 {
			t.Errorf("shift %d: the first loud sample is %d samples off the onset", shift, off)
		}
	}
}

func TestSilenceIsSilent(t *testing.T) {
	packet, dtx, err := Silence()
	if err != nil {
		t.Fatal(err)
	}
	dec, err := opus.NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	pcm := make([]int16, opus.MaxPacketSamples)
	for _, p := range [][]byte{packet, dtx, packet, packet} {
		n, err := dec.Decode(p, pcm)
		if err != nil || n != opus.FrameSamples {
			t.Fatalf("packet of %d bytes holds %d samples: %v", len(p), n, err)
		}
		for _, s := range pcm[:n] {
			if s > 2 || s < -2 {
				t.Fatalf("packet of %d bytes holds a sample of %d", len(p), s)
			}
		}
	}
}
