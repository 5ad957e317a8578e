package probe_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"callprobe/audio"
	"callprobe/internal/calltest"
	"callprobe/probe"
)

// short cuts a recording to its first 900 ms of speech, to keep tests quick.
func short(t *testing.T, p probe.Plan) audio.Clip {
	t.Helper()
	clip, lead := speech(t, p)
	from := audio.Rate48k.Samples(lead)
	return audio.Clip{Rate: clip.Rate, Samples: clip.Samples[from : from+audio.Rate48k.Samples(900*time.Millisecond)]}
}

// joined puts clips one after the other with a pause between them.
func joined(pause time.Duration, clips ...audio.Clip) audio.Clip {
	out := audio.Clip{Rate: audio.Rate48k}
	for i, c := range clips {
		if i > 0 {
			out.Samples = append(out.Samples, make([]int16, audio.Rate48k.Samples(pause))...)
		}
		out.Samples = append(out.Samples, c.Samples...)
	}
	return out
}

// brief is an agent that does everything right in few words.
func brief(t *testing.T, p probe.Plan) calltest.Agent {
	t.Helper()
	a := good(t, p)
	a.Greeting = short(t, p)
	a.Reply = a.Greeting
	return a
}

// again makes a plan of n turns, all like the first.
func again(n int) func(*probe.Plan) {
	return func(p *probe.Plan) { p.Turns = slices.Repeat(p.Turns[:1], n) }
}

func event(kind probe.EventKind) probe.Event {
	return probe.Event{Kind: kind, Participant: "agent"}
}

func at(d time.Duration, e probe.Event) calltest.Cue { return calltest.Cue{After: d, Event: e} }

func TestCallsOfUnusualAgents(t *testing.T) {
	for _, tc := range sample(t, []struct {
		name   string
		plan   func(*probe.Plan)
		agent  func(*calltest.Agent, probe.Plan)
		reason probe.Reason
		detail string
		turns  int
	}{
		{
			"an agent that leaves after its last reply has answered", nil,
			func(a *calltest.Agent, p probe.Plan) {
				a.Answers = []calltest.Answer{{Reply: a.Reply, ReplyAfter: a.ReplyAfter, Hears: a.Hears, Cues: []calltest.Cue{at(p.Turns[0].Say.Clip.Duration()+1200*time.Millisecond, event(probe.AgentWentAway))}}}
			}, probe.Answered, "", 1,
		},
		{
			"an agent that hangs up after its last reply has answered", nil,
			func(a *calltest.Agent, p probe.Plan) {
				a.Answers = []calltest.Answer{{Reply: a.Reply, ReplyAfter: a.ReplyAfter, Hears: a.Hears, Cues: []calltest.Cue{at(p.Turns[0].Say.Clip.Duration()+1200*time.Millisecond, event(probe.Disconnected))}}}
			}, probe.Answered, "", 1,
		},
		{
			"an agent that leaves because the room ended is a lost room", nil,
			func(a *calltest.Agent, _ probe.Plan) {
				a.Cues = []calltest.Cue{at(2*time.Second, probe.Event{Kind: probe.AgentWentAway, Participant: "agent", Text: "ROOM_DELETED"})}
			}, probe.RoomLost, "ROOM_DELETED", 1,
		},
		{
			"one of two agents that leaves does not end the call", nil,
			func(a *calltest.Agent, _ probe.Plan) {
				other := probe.Event{Kind: probe.AgentJoined, Participant: "other"}
				left := probe.Event{Kind: probe.AgentWentAway, Participant: "other"}
				a.Cues = []calltest.Cue{at(100*time.Millisecond, other), at(1500*time.Millisecond, left)}
			}, probe.Answered, "", 1,
		},
		{
			"everybody seems to leave while our own connection is set up anew", nil,
			func(a *calltest.Agent, _ probe.Plan) {
				a.Cues = []calltest.Cue{
					at(1500*time.Millisecond, probe.Event{Kind: probe.Reconnecting}),
					at(1510*time.Millisecond, event(probe.AgentWentAway)),
					at(1800*time.Millisecond, event(probe.AgentJoined)),
					at(1800*time.Millisecond, probe.Event{Kind: probe.TrackUp, Participant: "agent", Track: "TR", TrackName: probe.AgentTrackName}),
					at(1810*time.Millisecond, probe.Event{Kind: probe.Reconnected}),
				}
			}, probe.Answered, "", 1,
		},
		{
			"a connection that does not come back in time is a lost room", nil,
			func(a *calltest.Agent, _ probe.Plan) {
				a.Reply = audio.Clip{}
				a.Cues = []calltest.Cue{at(time.Second, probe.Event{Kind: probe.Reconnecting}), at(4*time.Second, probe.Event{Kind: probe.Reconnecting})}
			}, probe.RoomLost, "lost for 5s", 1,
		},
		{
			"background sound on a track that came first is not the voice", nil,
			func(a *calltest.Agent, p probe.Plan) { a.Background = p.Turns[0].Say.Clip }, probe.Answered, "", 1,
		},
		{
			"a voice under another name is heard", nil,
			func(a *calltest.Agent, _ probe.Plan) { a.VoiceTrack = "assistant" }, probe.Answered, "", 1,
		},
		{
			"an agent that says for 2 s that it listens is believed", nil,
			func(a *calltest.Agent, _ probe.Plan) {
				a.LosesSubscribed = true
				a.Cues = []calltest.Cue{calltest.State(100*time.Millisecond, "listening")}
			}, probe.Answered, "", 1,
		},
		{
			"an agent that only thinks does not hear us", nil,
			func(a *calltest.Agent, _ probe.Plan) {
				a.LosesSubscribed = true
				a.Cues = []calltest.Cue{calltest.State(100*time.Millisecond, "initializing")}
			}, probe.AgentSilent, "did not subscribe", 0,
		},
		{
			"an agent that is there too late is no_agent", nil,
			func(a *calltest.Agent, _ probe.Plan) { a.JoinAfter = 8100 * time.Millisecond }, probe.NoAgent, "within 8s", 0,
		},
		{
			"an agent that is late but in time has its time to greet", nil,
			func(a *calltest.Agent, _ probe.Plan) {
				a.JoinAfter, a.GreetAfter = 7*time.Second, 2500*time.Millisecond
			}, probe.Answered, "", 1,
		},
		{
			"a transcript that comes long after the reply is waited for", nil,
			func(a *calltest.Agent, _ probe.Plan) { a.TranscriptAfter = 2500 * time.Millisecond }, probe.Answered, "", 1,
		},
		{
			"the words of the reply are waited for",
			func(p *probe.Plan) { p.Turns[0].Reply.Matches = matches("nine") },
			func(a *calltest.Agent, p probe.Plan) {
				said := probe.Event{Kind: probe.TranscriptHeard, Participant: "agent", Transcript: &probe.Transcript{
					Speaker: probe.AgentSpeaks, Channel: probe.StreamChannel, Segment: "A", Text: "at nine", Final: true,
				}}
				a.Answers = []calltest.Answer{{Reply: a.Reply, ReplyAfter: a.ReplyAfter, Hears: a.Hears, TranscriptAfter: a.TranscriptAfter,
					Cues: []calltest.Cue{at(p.Turns[0].Say.Clip.Duration()+2500*time.Millisecond, said)}}}
			}, probe.Answered, "", 1,
		},
		{
			"a greeting that never ends is reply_wrong",
			func(p *probe.Plan) { p.Limits.Call = 12 * time.Second },
			func(a *calltest.Agent, _ probe.Plan) {
				for d := time.Second; d < 12*time.Second; d += time.Second {
					a.Lines = append(a.Lines, calltest.Line{After: d, Clip: a.Greeting})
				}
			}, probe.ReplyWrong, "never fell silent", 0,
		},
		{
			"a reply that never ends with turns to come is reply_wrong",
			func(p *probe.Plan) { again(2)(p); p.Limits.Call = 17 * time.Second },
			func(a *calltest.Agent, _ probe.Plan) {
				answer := calltest.Answer{Hears: a.Hears}
				for d := 4 * time.Second; d < 17*time.Second; d += time.Second {
					answer.Lines = append(answer.Lines, calltest.Line{After: d, Clip: a.Reply})
				}
				a.Answers = []calltest.Answer{answer}
			}, probe.ReplyWrong, "before the agent's reply was over", 1,
		},
	}) {
		t.Run(tc.name, func(t *testing.T) {
			p := plan(t, "opening-hours", tc.plan)
			a := brief(t, p)
			tc.agent(&a, p)
			synctest.Test(t, func(t *testing.T) {
				ending(t, t.Context(), p, a, tc.reason, tc.detail, tc.turns)
			})
		})
	}
}

// ending runs a call that must end as told, after that many turns.
func ending(t *testing.T, ctx context.Context, p probe.Plan, a calltest.Agent, reason probe.Reason, detail string, turns int) *probe.Report {
	t.Helper()
	rec, r := makeCall(t, ctx, p, a)
	if r.Reason != reason || !strings.Contains(r.Detail, detail) || len(r.Turns) != turns {
		t.Errorf("got %s, %s (%s) after %d turns; want %s (%s) after %d", r.Verdict, r.Reason, r.Detail, len(r.Turns), reason, detail, turns)
	}
	if rec.Ended.At > p.MaxDuration() {
		t.Errorf("the call took %v, more than %v", rec.Ended.At, p.MaxDuration())
	}
	return r
}

func TestTheCallerWaitsForAGreetingInPieces(t *testing.T) {
	p := plan(t, "opening-hours", nil)
	a := brief(t, p)
	t.Run("closer than the hold", func(t *testing.T) {
		a := a
		a.Greeting = joined(500*time.Millisecond, a.Greeting, a.Greeting)
		synctest.Test(t, func(t *testing.T) { afterTheGreeting(t, p, a, 2) })
	})
	t.Run("further apart, while the agent says that it speaks", func(t *testing.T) {
		a := a
		a.Greeting = joined(2*time.Second, a.Greeting, a.Greeting)
		a.Cues = []calltest.Cue{calltest.State(100*time.Millisecond, "speaking"), calltest.State(4200*time.Millisecond, "listening")}
		synctest.Test(t, func(t *testing.T) { afterTheGreeting(t, p, a, 2) })
	})
	t.Run("but not for ever when it only says so", func(t *testing.T) {
		a := a
		a.Cues = []calltest.Cue{calltest.State(100*time.Millisecond, "speaking")}
		synctest.Test(t, func(t *testing.T) {
			r := afterTheGreeting(t, p, a, 1)
			if wait := r.Turns[0].Said.Start - r.Talk[0].End; wait < 4*time.Second || wait > 5*time.Second {
				t.Errorf("the caller waited %v", wait)
			}
		})
	})
}

// afterTheGreeting makes a call in which the caller must speak after the n-th
// talkspurt.
func afterTheGreeting(t *testing.T, p probe.Plan, a calltest.Agent, n int) *probe.Report {
	t.Helper()
	r := ending(t, t.Context(), p, a, probe.Answered, "", 1)
	if len(r.Talk) != n+1 || r.Turns[0].Said.Start < r.Talk[n-1].End+p.Turns[0].When.Hold {
		t.Errorf("the caller spoke at %v; the agent talked %v", r.Turns[0].Said.Start, r.Talk)
	}
	return r
}

func TestWithoutAGreetingTheCallerSpeaksAtOnce(t *testing.T) {
	p := plan(t, "opening-hours", func(p *probe.Plan) { p.Greeting = probe.Greeting{Mode: probe.GreetingNone} })
	a := brief(t, p)
	a.Greeting, a.JoinAfter = audio.Clip{}, time.Second
	synctest.Test(t, func(t *testing.T) {
		rec, _ := makeCall(t, t.Context(), p, a)
		if began := rec.Sent[rec.Turns[0].FirstFrame]; began > a.JoinAfter+100*time.Millisecond {
			t.Errorf("the caller began at %v, the agent was there at %v", began, a.JoinAfter)
		}
	})
}

func TestAReplyInsideTheUtteranceIsTalkOver(t *testing.T) {
	p := plan(t, "opening-hours", nil)
	a := brief(t, p)
	a.Answers = []calltest.Answer{{Hears: a.Hears, Lines: []calltest.Line{{After: 900 * time.Millisecond, Clip: a.Reply}}}}
	synctest.Test(t, func(t *testing.T) {
		r := ending(t, t.Context(), p, a, probe.Answered, "", 1)
		if !r.Turns[0].TalkOver || r.Turns[0].TTFA.Value >= 0 {
			t.Errorf("TTFA %+v", r.Turns[0].TTFA)
		}
	})
}

func TestASilentCallerIsAskedAndThenSpeaks(t *testing.T) {
	p := plan(t, "opening-hours", nil)
	a := brief(t, p)
	p.Turns = []probe.Turn{{Silence: 3 * time.Second, When: probe.Trigger{Kind: probe.AfterAgent}}, p.Turns[0]}
	a.Lines = []calltest.Line{{After: 3 * time.Second, Clip: a.Reply}}
	synctest.Test(t, func(t *testing.T) { ending(t, t.Context(), p, a, probe.Answered, "", 2) })
}

func TestAFloodedRoomCanStillEndTheCall(t *testing.T) {
	p := plan(t, "opening-hours", nil)
	a := brief(t, p)
	flood := probe.Event{Kind: probe.TrackMuted, Participant: "someone"}
	for i := range 21000 {
		a.Cues = append(a.Cues, at(time.Duration(i)*time.Microsecond, flood))
	}
	a.DisconnectsAfter = 2 * time.Second
	synctest.Test(t, func(t *testing.T) {
		rec, r := makeCall(t, t.Context(), p, a)
		if r.Reason != probe.RoomLost || len(rec.Events) > 20000 {
			t.Errorf("got %s with %d events", r.Reason, len(rec.Events))
		}
	})
}

func TestAVoiceThatIsPublishedAnewIsOneVoice(t *testing.T) {
	p := plan(t, "opening-hours", nil)
	a := brief(t, p)
	up := probe.Event{Kind: probe.TrackUp, Participant: "agent", Track: "TR2", TrackName: probe.AgentTrackName}
	a.Cues = []calltest.Cue{at(1500*time.Millisecond, up)}
	a.MovesTo, a.MovesAfter = "TR2", 1600*time.Millisecond
	synctest.Test(t, func(t *testing.T) {
		rec, r := makeCall(t, t.Context(), p, a)
		if r.Reason != probe.Answered || len(rec.Tracks) != 1 || !r.Greeting.OK {
			t.Errorf("got %s (%s), %d tracks, greeting %+v", r.Reason, r.Detail, len(rec.Tracks), r.Greeting)
		}
	})
}

func TestAWriteThatTookLongWidensTheUncertainty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := plan(t, "opening-hours", nil)
		agent := good(t, p)
		_, before := makeCall(t, t.Context(), p, agent)
		agent.WriteTakes = 3 * time.Millisecond
		rec, after := makeCall(t, t.Context(), p, agent)
		if len(rec.Held) != len(rec.Sent) || rec.Held[7] != (probe.Hold{Frame: 7, For: agent.WriteTakes}) {
			t.Errorf("%d of %d frames were noted", len(rec.Held), len(rec.Sent))
		}
		was, is := before.Turns[0].TTFA, after.Turns[0].TTFA
		if is.Value != was.Value || (is.Uncertainty-was.Uncertainty-agent.WriteTakes).Abs() > time.Microsecond {
			t.Errorf("TTFA was %v ± %v and is %v ± %v", was.Value, was.Uncertainty, is.Value, is.Uncertainty)
		}
	})
}
