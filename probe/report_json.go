package probe

import (
	"encoding/json"
	"math"
	"time"

	"callprobe/probe/wer"
)

type reportJSON struct {
	Scenario         string      `json:"scenario"`
	Target           string      `json:"target,omitempty"`
	CallID           string      `json:"call_id"`
	Room             string      `json:"room,omitempty"`
	Started          time.Time   `json:"started"`
	Verdict          Verdict     `json:"verdict"`
	Reason           Reason      `json:"reason"`
	Stage            Stage       `json:"stage,omitempty"`
	Detail           string      `json:"detail,omitempty"`
	Remedy           string      `json:"remedy,omitempty"`
	DurationSeconds  float64     `json:"duration_seconds"`
	JoinSeconds      *float64    `json:"join_seconds,omitempty"`
	AgentJoinSeconds *float64    `json:"agent_join_seconds,omitempty"`
	GreetingSeconds  *float64    `json:"greeting_seconds,omitempty"`
	Turns            []turnJSON  `json:"turns"`
	Network          networkJSON `json:"network"`
	Pacing           pacingJSON  `json:"pacing"`
	Warnings         []Warning   `json:"warnings"`
}

type turnJSON struct {
	Utterance              string        `json:"utterance,omitempty"`
	Reference              string        `json:"reference,omitempty"`
	Transcript             string        `json:"transcript,omitempty"`
	AgentText              string        `json:"agent_text,omitempty"`
	Outcome                Reason        `json:"outcome"`
	Detail                 string        `json:"detail,omitempty"`
	TTFASeconds            *float64      `json:"ttfa_seconds,omitempty"`
	TTFAUncertaintySeconds *float64      `json:"ttfa_uncertainty_seconds,omitempty"`
	TalkOver               bool          `json:"talk_over,omitempty"`
	FirstEnergySeconds     *float64      `json:"first_energy_seconds,omitempty"`
	STT                    *sttJSON      `json:"stt,omitempty"`
	BargeInStopSeconds     *float64      `json:"barge_in_stop_seconds,omitempty"`
	AgentReported          *agentReportJ `json:"agent_reported,omitempty"`
	Warnings               []Warning     `json:"warnings"`
}

type agentReportJ struct {
	E2ELatencySeconds *float64 `json:"e2e_latency_seconds,omitempty"`
}

type sttJSON struct {
	Outcome        STTOutcome  `json:"outcome"`
	WER            *float64    `json:"wer,omitempty"`
	CER            *float64    `json:"cer,omitempty"`
	Hits           *int        `json:"hits,omitempty"`
	Substitutions  *int        `json:"substitutions,omitempty"`
	Deletions      *int        `json:"deletions,omitempty"`
	Insertions     *int        `json:"insertions,omitempty"`
	Raw            *wer.Score  `json:"raw,omitempty"`
	Alignment      []wer.Step  `json:"alignment,omitempty"`
	Phrases        []KeyPhrase `json:"phrases,omitempty"`
	InterimSeconds *float64    `json:"interim_seconds,omitempty"`
	FinalSeconds   *float64    `json:"final_seconds,omitempty"`
}

type networkJSON struct {
	Packets       *int64   `json:"packets,omitempty"`
	Lost          *int64   `json:"lost,omitempty"`
	JitterSeconds *float64 `json:"jitter_seconds,omitempty"`
	SkewPPM       *float64 `json:"skew_ppm,omitempty"`
}

type pacingJSON struct {
	LateP99Seconds *float64 `json:"late_p99_seconds,omitempty"`
	LateMaxSeconds *float64 `json:"late_max_seconds,omitempty"`
}

// MarshalJSON gives the object that `callprobe call --output=json` prints.
// A figure that was not measured is absent.
func (r *Report) MarshalJSON() ([]byte, error) {
	out := reportJSON{
		Scenario: r.Scenario, Target: r.Target, CallID: r.CallID, Room: r.Room, Started: r.Started,
		Verdict: r.Verdict, Reason: r.Reason, Stage: r.Stage, Detail: r.Detail, Remedy: r.Remedy,
		DurationSeconds:  seconds(r.Duration),
		JoinSeconds:      r.Join.seconds(),
		AgentJoinSeconds: r.AgentJoin.seconds(),
		GreetingSeconds:  r.Greeting.seconds(),
		Turns:            []turnJSON{},
		Warnings:         orEmpty(r.Warnings),
	}
	for _, t := range r.Turns {
		out.Turns = append(out.Turns, t.json())
	}
	if r.Network.Known {
		jitter := seconds(r.Network.Jitter)
		out.Network = networkJSON{Packets: &r.Network.Packets, Lost: &r.Network.Lost, JitterSeconds: &jitter, SkewPPM: finite(r.Network.SkewPPM)}
	}
	if r.Pacing.Frames > 0 {
		p99, most := seconds(r.Pacing.LateP99), seconds(r.Pacing.LateMax)
		out.Pacing = pacingJSON{LateP99Seconds: &p99, LateMaxSeconds: &most}
	}
	return json.Marshal(out)
}

func (t TurnReport) json() turnJSON {
	out := turnJSON{
		Utterance: t.Utterance, Reference: t.Reference, Transcript: t.Transcript, AgentText: t.AgentText,
		Outcome: t.Outcome, Detail: t.Detail,
		TTFASeconds: t.TTFA.seconds(), TalkOver: t.TalkOver,
		FirstEnergySeconds: t.FirstEnergy.seconds(),
		STT:                t.STT.json(),
		BargeInStopSeconds: t.BargeInStop.seconds(),
		Warnings:           orEmpty(t.Warnings),
	}
	if t.TTFA.OK {
		u := seconds(t.TTFA.Uncertainty)
		out.TTFAUncertaintySeconds = &u
	}
	if e2e := t.AgentE2E.seconds(); e2e != nil {
		out.AgentReported = &agentReportJ{E2ELatencySeconds: e2e}
	}
	return out
}

func (s STTReport) json() *sttJSON {
	if s.Outcome == STTNotApplicable {
		return nil
	}
	out := &sttJSON{
		Outcome: s.Outcome, Phrases: s.Phrases,
		InterimSeconds: s.Interim.seconds(), FinalSeconds: s.Final.seconds(),
	}
	if s.Score != nil {
		c := s.Score.Counts
		out.Hits, out.Substitutions, out.Deletions, out.Insertions = &c.Hits, &c.Substitutions, &c.Deletions, &c.Insertions
		if rate, ok := c.WER(); ok {
			out.WER = &rate
		}
		if rate, ok := s.Score.Characters.CER(); ok {
			out.CER = &rate
		}
		out.Raw, out.Alignment = &s.Score.Raw, s.Score.Steps
	}
	return out
}

func (m Measured) seconds() *float64 {
	if !m.OK {
		return nil
	}
	s := seconds(m.Value)
	return &s
}

// seconds keeps a microsecond's precision, so that the same duration always
// prints the same.
func seconds(d time.Duration) float64 {
	return math.Round(d.Seconds()*1e6) / 1e6
}

func finite(f float64) *float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	return &f
}

func orEmpty(w []Warning) []Warning {
	if w == nil {
		return []Warning{}
	}
	return w
}
