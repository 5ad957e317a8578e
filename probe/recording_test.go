package probe_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"callprobe/probe"
)

// FuzzReadRecording holds that a damaged recording is an error, never a crash:
// whatever can be read can be evaluated.
func FuzzReadRecording(f *testing.F) {
	f.Add([]byte(`{"version":1,"call_id":"x","plan":{"name":"p","turns":[{"say":{"name":"u","speech":{"start":0,"end":960}}}]},` +
		`"sent":[0,20000000,40000000],"turns":[{"turn":0,"first_frame":1}],"tracks":[{"id":"t","packets":[{"at_ns":1,"payload":"+P/+"}]}],` +
		`"events":[{"at":1,"kind":"joined"}],"ended":{"at":60000000}}`))
	f.Add([]byte(`{"version":1,"turns":[{"turn":5}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		rec, err := probe.ReadRecording(bytes.NewReader(data))
		if err != nil {
			return
		}
		report, err := probe.Evaluate(rec)
		if err != nil {
			return
		}
		if _, err := report.MarshalJSON(); err != nil {
			t.Error(err)
		}
	})
}

func TestADamagedRecordingIsAnError(t *testing.T) {
	for name, text := range map[string]string{
		"another version":          `{"version":99}`,
		"a turn that is not there": `{"version":1,"turns":[{"turn":3}]}`,
		"an empty transcript":      `{"version":1,"events":[{"kind":"transcript"}]}`,
		"speech before the clip":   `{"version":1,"plan":{"turns":[{"say":{"speech":{"start":-1,"end":5}}}]}}`,
		"cut in half":              `{"version":1,"call`,
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := probe.ReadRecording(strings.NewReader(text)); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestTheProbersOwnTroublesAreNeverTheAgents(t *testing.T) {
	p := plan(t, "opening-hours", nil)
	for _, tc := range []struct {
		name  string
		spoil func(*probe.Recording)
	}{
		{"a step of the wall clock", func(r *probe.Recording) { r.WallDrift = -3 * time.Second }},
		{"frames sent late", func(r *probe.Recording) {
			for k := len(r.Sent) / 2; k < len(r.Sent); k++ {
				r.Sent[k] += 150 * time.Millisecond
			}
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := brief(t, p)
			a.ReplyAfter = 5 * time.Second // The agent is late as well.
			synctest.Test(t, func(t *testing.T) {
				rec, before := makeCall(t, t.Context(), p, a)
				if before.Reason != probe.ReplyLate {
					t.Fatalf("reason %s before, want reply_late", before.Reason)
				}
				tc.spoil(rec)
				r, err := probe.Evaluate(rec)
				if err != nil {
					t.Fatal(err)
				}
				if r.Reason != probe.ProberOverloaded || r.Verdict != probe.Inconclusive {
					t.Errorf("got %s, %s, want prober_overloaded", r.Verdict, r.Reason)
				}
			})
		})
	}
}

func TestARecordingWithoutSoundKeepsWhenAndHowMuch(t *testing.T) {
	p := plan(t, "opening-hours", nil)
	synctest.Test(t, func(t *testing.T) {
		rec, _ := makeCall(t, t.Context(), p, brief(t, p))
		quiet := rec.WithoutSound()
		var stored bytes.Buffer
		if err := quiet.Write(&stored); err != nil {
			t.Fatal(err)
		}
		again, err := probe.ReadRecording(&stored)
		if err != nil {
			t.Fatal(err)
		}
		bytesOfSound := 0
		for i, track := range rec.Tracks {
			for j, was := range track.Packets {
				is := again.Tracks[i].Packets[j]
				if len(is.Payload) > 0 || is.Size != len(was.Payload) {
					t.Fatalf("packet %d holds %d bytes and says %d, it had %d", j, len(is.Payload), is.Size, len(was.Payload))
				}
				if is.At != was.At || is.Sequence != was.Sequence || is.Timestamp != was.Timestamp || is.SSRC != was.SSRC || is.Marker != was.Marker {
					t.Fatalf("packet %d is %+v, was %+v", j, is, was)
				}
				bytesOfSound += len(was.Payload)
			}
		}
		if bytesOfSound == 0 {
			t.Fatal("the call had no sound to begin with, or it was taken from the original")
		}
		if _, err := probe.Evaluate(again); err == nil || !strings.Contains(err.Error(), "kept without audio") {
			t.Errorf("evaluated without sound: %v", err)
		}
		if _, err := probe.Evaluate(rec); err != nil {
			t.Errorf("the original: %v", err)
		}
	})
}

func TestACallInWhichTheAgentSentNothingIsMeasuredAgainWithoutSound(t *testing.T) {
	p := plan(t, "opening-hours", nil)
	synctest.Test(t, func(t *testing.T) {
		a := brief(t, p)
		a.NeverJoins = true
		rec, before := makeCall(t, t.Context(), p, a)
		r, err := probe.Evaluate(rec.WithoutSound())
		if err != nil || r.Reason != before.Reason || r.Reason != probe.NoAgent {
			t.Errorf("got %+v, %v, was %s", r, err, before.Reason)
		}
	})
}
