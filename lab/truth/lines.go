package truth

// Ready is the first line of the program: where the server is and how to get
// in. It is not a truth line, but goes to the same reader.
type Ready struct {
	Event     string `json:"event"` // "ready"
	URL       string `json:"url"`
	APIKey    string `json:"api_key"`
	APISecret string `json:"api_secret"`
	// AgentName is empty when the agent joins every room unasked, and when
	// there is no agent.
	AgentName string `json:"agent_name"`
	// UnixZero is the wall clock at time 0 of the log, in seconds.
	UnixZero Seconds `json:"unix_zero"`
}

// Note is a truth line that holds a moment and nothing measured: "job",
// "rejected", "joined", "track_published", "track_subscribed", "hearing",
// "left", "died", "room_deleted", "bad_fault", "error", "server_killed".
type Note struct {
	Event string  `json:"event"`
	Room  string  `json:"room,omitempty"`
	Job   string  `json:"job,omitempty"`
	At    Seconds `json:"at"`
	Text  string  `json:"text,omitempty"`
}

// Heard is a truth line of one utterance of the caller: "heard" when the agent
// understood it, "not_understood" when it heard speech that it does not know,
// "ignored" when it talked on and paid no attention.
type Heard struct {
	Event string `json:"event"`
	Room  string `json:"room"`
	Job   string `json:"job"`
	// Turn counts the caller's utterances from 1.
	Turn      int    `json:"turn"`
	Utterance string `json:"utterance,omitempty"`
	// Text is what was really said, Transcript what the agent published of
	// it: they differ when the agent garbles.
	Text       string `json:"text,omitempty"`
	Transcript string `json:"transcript,omitempty"`
	// Distance is the recognizer's: 0 for the recording itself, rejected
	// above a threshold, absent when nothing was near.
	Distance *float64 `json:"distance,omitempty"`
	// Start and End are when the first and the last voiced sample of the
	// utterance arrived, as the first sample and one past the last of its
	// recording by the definition of the active speech level. End is the raw
	// arrival of the packet that carries the sample plus the sample's place
	// in it; EndSmooth is the same on the de-jittered clock: the lower
	// envelope of arrival minus RTP time. For speech that was not understood
	// they are the recognizer's own estimates and Exact is false.
	Start       Seconds `json:"start"`
	StartSmooth Seconds `json:"start_smooth"`
	End         Seconds `json:"end"`
	EndSmooth   Seconds `json:"end_smooth"`
	Exact       bool    `json:"exact"`
	// Match is the correlation of the recording with what was heard, -1 to 1.
	Match float64 `json:"match,omitempty"`
	// Frame is the sample's place in its packet at which the recording
	// begins: a caller that plays recordings from the start of a packet shows
	// one value throughout a call.
	Frame int `json:"frame"`
}

// Said is a truth line of one thing that the agent said.
type Said struct {
	// Event is "greeting", "said" or "stopped".
	Event string `json:"event"`
	Room  string `json:"room"`
	Job   string `json:"job"`
	// Turn is the utterance that this answers, 0 for the greeting.
	Turn  int    `json:"turn"`
	Reply string `json:"reply"`
	Text  string `json:"text"`
	// Start is when the packet was written whose decoded audio carries the
	// first voiced sample, plus the sample's place in it; Planned is when it
	// was meant to be written.
	// StartSmooth is the same by RTP time over the frame that left with the
	// least delay: where a listener without jitter hears it.
	Start       Seconds `json:"start"`
	StartSmooth Seconds `json:"start_smooth"`
	Planned     Seconds `json:"planned"`
	// End is one past the last voiced sample that was sent, on the same
	// terms. It is in the lines that are written when the agent falls silent.
	End *Seconds `json:"end,omitempty"`
	// TTFA is Start minus the end of the utterance that this answers,
	// TTFASmooth is StartSmooth minus its de-jittered end. Negative when the
	// agent talks over the caller.
	TTFA       *Seconds `json:"ttfa,omitempty"`
	TTFASmooth *Seconds `json:"ttfa_smooth,omitempty"`
	// Interrupted says that the caller's speech cut it short.
	Interrupted bool `json:"interrupted,omitempty"`
}
