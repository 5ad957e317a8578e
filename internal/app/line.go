package app

import (
	"log/slog"
	"time"

	"callprobe/internal/schedule"
	"callprobe/probe"
)

// callFinished is the message of the one line that each call logs.
const callFinished = "call finished"

// wideLine says in one line all that a log should tell of a call. What was said
// in it is not in the line.
func wideLine(r *probe.Report, attempt schedule.Attempt) []slog.Attr {
	line := []slog.Attr{
		slog.String("target", r.Target), slog.String("scenario", r.Scenario), slog.String("call_id", r.CallID), slog.String("room", r.Room),
		slog.String("verdict", string(r.Verdict)), slog.String("reason", string(r.Reason)),
		seconds("duration_seconds", r.Duration),
	}
	if attempt.Confirms {
		line = append(line, slog.Bool("confirms", true))
	}
	for _, f := range []struct {
		name  string
		value probe.Measured
	}{{"join_seconds", r.Join}, {"agent_join_seconds", r.AgentJoin}, {"greeting_seconds", r.Greeting}, {"ttfa_max_seconds", slowest(r)}} {
		if f.value.OK {
			line = append(line, seconds(f.name, f.value.Value))
		}
	}
	line = append(line, slog.Int("turns", len(r.Turns)))
	if r.Network.Known {
		line = append(line, slog.Int64("packets", r.Network.Packets), slog.Int64("lost", r.Network.Lost))
	}
	if r.Pacing.Frames > 0 {
		line = append(line, seconds("late_p99_seconds", r.Pacing.LateP99))
	}
	if r.Verdict == probe.Passed {
		return line
	}
	line = append(line, slog.String("stage", string(r.Stage)))
	if !quotes(r.Reason) {
		line = append(line, slog.String("detail", r.Detail))
	}
	return append(line, slog.String("remedy", r.Remedy))
}

// quotes reports whether the detail of a reason may repeat what was said.
func quotes(r probe.Reason) bool {
	return r == probe.ReplyWrong || r == probe.STTWrong || r == probe.STTMissing
}

// slowest is the longest time to first audio of a call.
func slowest(r *probe.Report) probe.Measured {
	var most probe.Measured
	for _, t := range r.Turns {
		if t.TTFA.OK && (!most.OK || t.TTFA.Value > most.Value) {
			most = t.TTFA
		}
	}
	return most
}

func seconds(name string, d time.Duration) slog.Attr {
	return slog.Float64(name, d.Round(time.Millisecond/10).Seconds())
}
