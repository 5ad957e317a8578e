package pages

import "callprobe/probe"

// fault is who has to act.
type fault string

const (
	faultAgent  fault = "the agent"
	faultServer fault = "the room server"
	faultProber fault = "the prober"
)

// meaning says what a reason means to somebody who has just been woken.
type meaning struct {
	// Title is what is wrong, in a few words.
	Title string
	Fault fault
	// Remedy is what to do where the call itself does not say.
	Remedy string
	// Runbook is the alert whose runbook leads on.
	Runbook string
}

// The runbooks, by the names of their alerts.
const (
	bookNobody  = "NoActiveAgents"
	bookErrors  = "AgentHighErrorRate"
	bookLatency = "AgentHighLatency"
	bookSTT     = "STTFailureRate"
	bookServer  = "RoomServerUnreachable"
	bookProber  = "ProbeStale"
)

func meaningOf(r probe.Reason) meaning {
	switch r {
	case probe.Answered:
		return meaning{Title: "answered"}
	case probe.NoAgent:
		return meaning{"no agent joins the room", faultAgent, "check that a worker runs for this agent name, is connected to this room server, and has capacity", bookNobody}
	case probe.AgentSilent:
		return meaning{"the agent does not answer", faultAgent, "look at the agent's log for this room: speech recognition, language model and synthesis, in this order", bookNobody}
	case probe.AgentLeft:
		return meaning{"the agent leaves during the call", faultAgent, "look at the agent's log for a crash or a shutdown of its job", bookNobody}
	case probe.ReplyLate:
		return meaning{"the agent answers too late", faultAgent, "compare with the agent's own latency figures; the difference is endpointing and network", bookLatency}
	case probe.ReplyWrong:
		return meaning{"the agent answers something else", faultAgent, "listen to the recording of the call", bookErrors}
	case probe.STTWrong:
		return meaning{"the agent misunderstands the caller", faultAgent, "listen to the recording, then look at the speech recognizer's errors and quota", bookSTT}
	case probe.STTMissing:
		return meaning{"the agent publishes no transcript", faultAgent, "look at the speech recognizer's errors and quota", bookSTT}
	case probe.Unreachable:
		return meaning{"the room server cannot be reached", faultServer, "check that the room server is up and reachable from the prober", bookServer}
	case probe.RateLimited:
		return meaning{"the room server turns calls away", faultServer, "check its quota, or call less often", bookProber}
	case probe.MediaFailed:
		return meaning{"no sound gets through", faultServer, "look at the room server's log for this room, and at the firewall between it and the prober", bookProber}
	case probe.RoomLost:
		return meaning{"the room was lost during the call", faultServer, "check that the room server is up and reachable from the prober", bookServer}
	case probe.Unauthorized:
		return meaning{"the room server refuses the prober's credentials", faultProber, "check the API key and secret of this target", bookProber}
	case probe.ProberOverloaded:
		return meaning{"the prober is too busy to measure", faultProber, "give the prober more CPU or fewer calls at once", bookProber}
	case probe.Canceled:
		return meaning{"the prober broke the call off", faultProber, "nothing, if the prober was being stopped; its log says why", bookProber}
	}
	return meaning{Title: "unknown result", Fault: faultProber, Remedy: "look at the call's page and the prober's log", Runbook: bookProber}
}

// state is how something is, told apart by icon, word and colour.
type state string

const (
	statePassed       state = "passed"
	stateFailed       state = "failed"
	stateInconclusive state = "inconclusive"
	statePaused       state = "paused"
	stateStale        state = "stale"
	stateWaiting      state = "waiting"
)

func stateOf(v probe.Verdict) state {
	switch v {
	case probe.Passed:
		return statePassed
	case probe.Failed:
		return stateFailed
	case probe.Inconclusive:
	}
	return stateInconclusive
}
