package pages

import "time"

// View is what is configured and scheduled at one moment, as the service sees
// it. It holds no secret.
type View struct {
	// Version is that of the program.
	Version string
	// Started is when the service came up.
	Started time.Time
	// ConfigLoaded is when the configuration in use was loaded. ConfigError is
	// why a later one was refused, line by line, empty when the last reload went
	// well, and ConfigFailed is when that was.
	ConfigLoaded, ConfigFailed time.Time
	ConfigError                string
	// Notes are troubles of the prober itself that the reader should know of,
	// one sentence each; that of the history is shown in any case.
	Notes   []string
	Targets []Target
}

// Target is a room server with an agent.
type Target struct {
	Name string
	// URL is the server's address without credentials.
	URL string
	// AgentName is empty where the server dispatches by itself.
	AgentName string
	// Labels are words for the reader.
	Labels []string
	Probes []Probe
}

// Probe is a scenario that a target is called with.
type Probe struct {
	Scenario string
	// Every says when it is called, in words: "every 30 s", or the cron
	// expression with its time zone.
	Every string
	// Interval is the usual time between two calls; zero when unknown. After
	// three of them without a call, the figures are said to be out of date.
	Interval time.Duration
	// Next is when the next call is due; zero when none is planned.
	Next time.Time
	// Running reports whether a call is being made now.
	Running bool
	// Limit is the longest wait for a reply that passes; zero for a scenario
	// without a reply. With several turns it is the longest of theirs.
	Limit time.Duration
	// Paused is why no calls are made at present, in words ("maintenance:
	// upgrade, until 04:00 UTC", "the budget of 60 calls an hour is used up"),
	// empty when they are.
	Paused string
	// Maintenance says that the pause is wanted: how the agent was before it is
	// nothing to act on.
	Maintenance bool
}
