package probe

// Reason says in one word why a call or a turn ended as it did. The set is
// closed and safe as a metric label.
type Reason string

// The reasons. Those of the agent fail a call; those not of the agent make it
// inconclusive.
const (
	Answered Reason = "answered"

	NoAgent     Reason = "no_agent"
	AgentSilent Reason = "agent_silent"
	AgentLeft   Reason = "agent_left"
	ReplyLate   Reason = "reply_late"
	ReplyWrong  Reason = "reply_wrong"
	STTWrong    Reason = "stt_wrong"
	STTMissing  Reason = "stt_missing"

	Unreachable      Reason = "unreachable"
	Unauthorized     Reason = "unauthorized"
	RateLimited      Reason = "rate_limited"
	MediaFailed      Reason = "media_failed"
	RoomLost         Reason = "room_lost"
	ProberOverloaded Reason = "prober_overloaded"
	Canceled         Reason = "canceled"
)

// Reasons returns the closed set, in order of their definition.
func Reasons() []Reason {
	return []Reason{
		Answered,
		NoAgent, AgentSilent, AgentLeft, ReplyLate, ReplyWrong, STTWrong, STTMissing,
		Unreachable, Unauthorized, RateLimited, MediaFailed, RoomLost, ProberOverloaded, Canceled,
	}
}

// Verdict is the judgement of a whole call.
type Verdict string

// The verdicts.
const (
	// Passed: the agent met every expectation.
	Passed Verdict = "passed"
	// Failed: the agent failed one.
	Failed Verdict = "failed"
	// Inconclusive: the call says nothing about the agent.
	Inconclusive Verdict = "inconclusive"
)

// Verdict returns what a call that ended with r is judged.
func (r Reason) Verdict() Verdict {
	switch r {
	case Answered:
		return Passed
	case NoAgent, AgentSilent, AgentLeft, ReplyLate, ReplyWrong, STTWrong, STTMissing:
		return Failed
	case Unreachable, Unauthorized, RateLimited, MediaFailed, RoomLost, ProberOverloaded, Canceled:
		return Inconclusive
	}
	return Inconclusive
}

// Unanswered reports whether r means that the caller got no reply at all.
func (r Reason) Unanswered() bool {
	return r == NoAgent || r == AgentSilent || r == AgentLeft
}
