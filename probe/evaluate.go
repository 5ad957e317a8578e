package probe

import (
	"fmt"
	"slices"
	"time"

	"callprobe/audio"
	"callprobe/audio/opus"
	"callprobe/audio/playout"
	"callprobe/audio/vad"
)

// Evaluate measures and judges a recording. It is a pure function: the same
// recording gives the same report. The error says that the recording could not
// be decoded at all, or holds no sound, never that the call went badly.
func Evaluate(rec *Recording) (*Report, error) {
	if rec.SoundRemoved {
		return nil, fmt.Errorf("evaluate call %s: it was kept without audio (recording.audio: none) and cannot be measured again: what was measured at the time is in report.json beside it", rec.CallID)
	}
	heard, err := hearAgent(rec)
	if err != nil {
		return nil, fmt.Errorf("evaluate call %s: %w", rec.CallID, err)
	}
	return evaluate(rec, heard), nil
}

// Unmeasured is the report of a recording that [Evaluate] could not decode: that
// says nothing about the agent.
func Unmeasured(rec *Recording, err error) *Report {
	r := newReport(rec)
	r.Verdict, r.Reason, r.Stage = Inconclusive, MediaFailed, StageTurn
	r.Detail, r.Remedy = err.Error(), "listen to what the agent sends: it is more than a call holds"
	return r
}

// newReport is what a recording tells without being decoded.
func newReport(rec *Recording) *Report {
	return &Report{
		Scenario: rec.Plan.Name, Target: rec.Target, CallID: rec.CallID, Room: rec.Room,
		Started: rec.Started, Duration: rec.Ended.At, Pacing: pacingOf(rec),
	}
}

// evaluate measures and judges what was heard of the agent; heard is nil when
// that is nothing.
func evaluate(rec *Recording, heard *hearing) *Report {
	e := &evaluation{rec: rec, heard: heard, report: newReport(rec)}
	e.phases()
	e.network()
	e.texts = segmentTexts(rec, e.report.Agents)
	for i := range rec.Turns {
		e.report.Turns = append(e.report.Turns, e.turn(i))
	}
	e.agentFigures()
	e.warn()
	e.judge()
	return e.report
}

type evaluation struct {
	rec    *Recording
	heard  *hearing
	report *Report
	texts  []segmentText
}

// hearing is the agent's voice on the call's axis.
type hearing struct {
	track    Track
	timeline *playout.Timeline
	spurts   []heardSpurt
}

// heardSpurt is a talkspurt with its place in the call.
type heardSpurt struct {
	vad.Talkspurt
	onset  playout.Instant
	offset time.Duration
	// uncertainty is the half-width of the interval around onset.At that
	// holds the true onset.
	uncertainty time.Duration
}

// hearAgent rebuilds the agent's voice and finds the speech in it. It returns
// nil when no agent published a track.
func hearAgent(rec *Recording) (*hearing, error) {
	track, ok := rec.agentTrack()
	if !ok || len(track.Packets) == 0 {
		return nil, nil //nolint:nilnil // No voice is not an error.
	}
	dec, err := opus.NewDecoder()
	if err != nil {
		return nil, fmt.Errorf("decode agent: %w", err)
	}
	timeline, err := playout.Build(track.Packets, dec)
	if err != nil {
		return nil, fmt.Errorf("decode agent: %w", err)
	}
	h := &hearing{track: track, timeline: timeline}
	for _, s := range talkspurts(timeline) {
		h.spurts = append(h.spurts, place(timeline, s))
	}
	return h, nil
}

func talkspurts(tl *playout.Timeline) []vad.Talkspurt {
	d := vad.NewDetector()
	var found []vad.Talkspurt
	for _, seg := range tl.Segments {
		found = append(found, d.Write(tl.Samples[seg.Span.Start:seg.Span.End], seg.Origin == playout.Received)...)
	}
	return append(found, d.Close()...)
}

func place(tl *playout.Timeline, s vad.Talkspurt) heardSpurt {
	onset := tl.TimeOf(s.Onset)
	early, late := onset.At-onset.Early, onset.At+onset.Late
	if r := s.OnsetRange; !r.Empty() {
		lo, hi := tl.TimeOf(r.Start), tl.TimeOf(r.End)
		early, late = min(early, lo.At-lo.Early), max(late, hi.At+hi.Late)
	}
	return heardSpurt{
		Talkspurt: s, onset: onset, offset: tl.TimeOf(s.Offset).At,
		uncertainty: max(onset.At-early, late-onset.At),
	}
}

// sampleTime is when the caller's sample pos of the turn's utterance was sent:
// its frame's true send time plus its place in the frame. ok is false when the
// call ended before that frame.
func (r *Recording) sampleTime(t TurnTrace, pos audio.Pos) (at time.Duration, ok bool) {
	frame := t.FirstFrame + int(pos/audio.FrameSamples)
	if frame >= len(r.Sent) {
		return 0, false
	}
	return r.Sent[frame] + audio.Rate48k.Duration(int64(pos%audio.FrameSamples)), true
}

// endTime is when what ends at the caller's sample end was out: one sample after
// its last sample was sent. The frame after it has no part in that.
func (r *Recording) endTime(t TurnTrace, end audio.Pos) (at time.Duration, ok bool) {
	frame := t.lastFrame(end)
	if frame >= len(r.Sent) {
		return 0, false
	}
	into := end - audio.Pos(frame-t.FirstFrame)*audio.FrameSamples
	return r.Sent[frame] + audio.Rate48k.Duration(int64(into)), true
}

// lastFrame is the frame with the last sample of what ends at end.
func (t TurnTrace) lastFrame(end audio.Pos) int {
	return t.FirstFrame + int(max(0, end-1)/audio.FrameSamples)
}

// heldUp is how much later than endTime what ends at end may have been out.
func (r *Recording) heldUp(t TurnTrace, end audio.Pos) time.Duration {
	frame := t.lastFrame(end)
	for _, h := range r.Held {
		if h.Frame == frame {
			return h.For
		}
	}
	return 0
}

// phases measures what lies before the first turn.
func (e *evaluation) phases() {
	rec, rep := e.rec, e.report
	joined, ok := rec.event(Joined)
	if !ok {
		rep.Join = Measured{Missing: "the room was not joined"}
		return
	}
	rep.Join = Measured{Value: joined.At, OK: true}
	created, hasCreated := rec.event(RoomCreated)
	for _, ev := range rec.Events {
		if ev.Kind != AgentJoined {
			continue
		}
		if len(rep.Agents) == 0 && hasCreated {
			rep.AgentJoin = Measured{Value: ev.At - created.At, OK: true}
		}
		if !slices.Contains(rep.Agents, ev.Participant) {
			rep.Agents = append(rep.Agents, ev.Participant)
		}
	}
	if len(rep.Agents) == 0 {
		rep.AgentJoin = Measured{Missing: "no agent joined"}
	}
	rep.Greeting = e.greeting(joined.At)
	if e.heard != nil {
		for _, s := range e.heard.spurts {
			rep.Talk = append(rep.Talk, Talk{Interval{s.onset.At, s.offset}, s.LevelDBFS})
		}
	}
}

func (e *evaluation) greeting(joined time.Duration) Measured {
	if e.heard == nil || len(e.heard.spurts) == 0 {
		return Measured{Missing: "the agent said nothing"}
	}
	first := e.heard.spurts[0]
	if len(e.rec.Turns) > 0 {
		t := e.rec.Turns[0]
		say := e.rec.Plan.Turns[t.Turn].Say
		if at, ok := e.rec.sampleTime(t, say.Speech.Start); ok && first.onset.At >= at {
			return Measured{Missing: "the agent did not greet before the caller spoke"}
		}
	}
	return Measured{Value: first.onset.At - joined, OK: true, Uncertainty: first.uncertainty}
}

func (e *evaluation) network() {
	if e.heard == nil {
		return
	}
	s := e.heard.timeline.Stats
	e.report.Network = Network{
		Packets: s.Packets, Lost: s.Lost, DecodeErrors: s.DecodeErrors,
		Jitter: s.Jitter, SkewPPM: s.SkewPPM, Known: true,
	}
}
