package scenarios

import (
	"encoding/json"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"callprobe/audio"
	"callprobe/audio/vad"
)

// The reference agent's replies are made by the same script as the callers'
// utterances and belong to them.
const repliesFolder = "../lab/replies"

type agentReply struct {
	File, Text, Role, Answers, Onset string
}

func readReplies(t *testing.T) []agentReply {
	t.Helper()
	data, err := os.ReadFile(repliesFolder + "/replies.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []agentReply
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestReferenceAgentHasOneReplyForEachUtterance(t *testing.T) {
	var want, got []string
	files, err := fs.Glob(Utterances(), "*.mp3")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		want = append(want, strings.TrimSuffix(file, ".mp3"))
	}
	roles := map[string]int{}
	for _, r := range readReplies(t) {
		roles[r.Role]++
		if r.Role == "reply" {
			got = append(got, r.Answers)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("replies answer\n%v, want\n%v", got, want)
	}
	for _, role := range []string{"greeting", "fallback", "reprompt"} {
		if roles[role] != 1 {
			t.Errorf("%d recordings of role %s, want 1", roles[role], role)
		}
	}
}

func TestRepliesAreAsTheirIndexSays(t *testing.T) {
	folder := os.DirFS(repliesFolder)
	longest := time.Duration(0)
	for _, r := range readReplies(t) {
		t.Run(r.File, func(t *testing.T) {
			text, err := fs.ReadFile(folder, strings.TrimSuffix(r.File, ".mp3")+".txt")
			if err != nil || strings.TrimSpace(string(text)) != r.Text {
				t.Errorf("text is %q in the index and %q beside it, %v", r.Text, text, err)
			}
			clip, err := audio.Load(folder, r.File)
			if err != nil {
				t.Fatal(err)
			}
			longest = max(longest, clip.Duration())
			if level := clip.ActiveLevelDBFS(); level < -24 || level > -22 {
				t.Errorf("active level %.1f dBFS, want -23", level)
			}
			speech, ok := vad.SpeechByDefinition(clip)
			if !ok {
				t.Fatal("no speech")
			}
			onset := "soft"
			if riseTime(clip, speech.Start) < 15*time.Millisecond {
				onset = "hard"
			}
			if r.Onset != onset {
				t.Errorf("onset is %s in the index and %s (%v) in the recording", r.Onset, onset, riseTime(clip, speech.Start))
			}
		})
	}
	if longest < 8*time.Second {
		t.Errorf("the longest reply lasts %v: too short to be interrupted", longest)
	}
}

// riseTime is the time from the first sample of speech to the first 5 ms within
// 15 dB of the active level.
func riseTime(clip audio.Clip, start audio.Pos) time.Duration {
	window := audio.Pos(clip.Rate.Samples(5 * time.Millisecond))
	loud := clip.ActiveLevelDBFS() - 15
	for at := start; at+window <= audio.Pos(len(clip.Samples)); at++ {
		if (audio.Clip{Rate: clip.Rate, Samples: clip.Samples[at : at+window]}).RMSDBFS() >= loud {
			return clip.Rate.Duration(int64(at - start))
		}
	}
	return clip.Duration()
}
