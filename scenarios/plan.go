package scenarios

import (
	"regexp"
	"time"

	"callprobe/probe"
)

// What holds where a scenario file does not say. schema.json tells users the
// same figures, and a test holds the two together.
const (
	defaultLanguage       = "en"
	defaultGreeting       = probe.GreetingOptional
	defaultGreetingWithin = 5 * time.Second
	defaultHold           = 700 * time.Millisecond
	defaultReplyWithin    = 3 * time.Second
	defaultReplyTimeout   = 10 * time.Second
	defaultMaxWER         = 0.25
)

// maxTurns bounds the turns of one call.
const maxTurns = 50

// builder makes a plan of a document and collects what is wrong with it.
type builder struct {
	*problems
	recordings *recordings
}

// plan checks the whole document, whatever is wrong with its parts, so that a
// user sees every problem at once.
func (b *builder) plan(doc document, fallbackName string) probe.Plan {
	p := probe.Plan{
		Name:        b.name(doc.Name, fallbackName),
		Description: doc.Description.value,
		Language:    b.language(doc.Language),
		Greeting:    b.greeting(doc.Greeting),
		Limits:      limitsOf(doc.Limits),
	}
	switch {
	case doc.Turns == nil:
		b.add(position{}, `no turn: list at least one under "turns"`)
	case len(doc.Turns) > maxTurns:
		b.add(doc.Turns[maxTurns].at, "turn %d: a call has %d turns at most", maxTurns+1, maxTurns)
		return p
	}
	for i, t := range doc.Turns {
		if t.BargeIn.set && p.Greeting.Mode == probe.GreetingNone && i == 0 {
			b.add(t.BargeIn.at, `"barge_in" needs an agent that is talking: there is no greeting to interrupt`)
		}
		if t.BargeIn.set && i > 0 && doc.Turns[i-1].Silence.set {
			b.add(t.BargeIn.at, `"barge_in" needs an agent that is talking: the turn before is silent`)
		}
		p.Turns = append(p.Turns, b.turn(t))
	}
	return p
}

// name must be safe as a metric label, in a file name and on a command line.
func (b *builder) name(f field[string], fallback string) string {
	name, from := f.or(fallback), "name"
	if !f.set {
		from = "the file's name"
	}
	if !regexp.MustCompile(namePattern).MatchString(name) {
		b.add(f.at, `%s %s cannot name a scenario: use up to 64 letters, digits, ".", "_" and "-" in "name"`, from, quote(name))
	}
	return name
}

const (
	namePattern     = `^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`
	languagePattern = `^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$`
)

func (b *builder) language(f field[string]) string {
	language := f.or(defaultLanguage)
	if !regexp.MustCompile(languagePattern).MatchString(language) {
		b.add(f.at, `"language" is %s: write a language tag like "en" or "de-AT"`, quote(language))
	}
	return language
}

func (b *builder) greeting(g greeting) probe.Greeting {
	mode := probe.GreetingMode(g.Expect.or(string(defaultGreeting)))
	switch mode {
	case probe.GreetingRequired, probe.GreetingOptional:
	case probe.GreetingNone:
		if g.Within.set {
			b.add(g.Within.at, `"within" has no place where no greeting is expected`)
		}
		return probe.Greeting{Mode: mode}
	default:
		b.add(g.Expect.at, `"expect" is %s: write %s`, quote(string(mode)), quoted(greetingModes()))
	}
	return probe.Greeting{Mode: mode, Within: g.Within.or(defaultGreetingWithin)}
}

func greetingModes() []string {
	return []string{string(probe.GreetingRequired), string(probe.GreetingOptional), string(probe.GreetingNone)}
}

func limitsOf(l limits) probe.Limits {
	d := probe.DefaultLimits()
	return probe.Limits{
		Join:       l.Join.or(d.Join),
		AgentJoin:  l.AgentJoin.or(d.AgentJoin),
		Transcript: l.Transcript.or(d.Transcript),
		Call:       l.Call.or(d.Call),
	}
}

func (b *builder) turn(t turn) probe.Turn {
	out := probe.Turn{When: b.trigger(t)}
	switch {
	case t.Say.set && t.Silence.set:
		b.add(t.Silence.at, `a turn speaks or is silent: remove "say" or "silence"`)
	case t.Silence.set:
		b.silentTurn(t)
		out.Silence = t.Silence.value
	case t.Say.set:
		out.Say = b.recordings.utterance(t.Say, t.Text, b.problems)
		out.Reply = b.reply(t.Reply)
		out.STT = b.stt(t.STT)
	case t.set && t.Say.absent() && t.Silence.absent():
		b.add(t.at, `a turn needs "say" with a recording or "silence" with a duration`)
	}
	return out
}

// silentTurn rejects what only a spoken turn can have.
func (b *builder) silentTurn(t turn) {
	for _, key := range []struct {
		name string
		set  bool
		at   position
	}{
		{"text", t.Text.set, t.Text.at},
		{"barge_in", t.BargeIn.set, t.BargeIn.at},
		{"reply", t.Reply.set, t.Reply.at},
		{"stt", t.STT.set, t.STT.at},
	} {
		if key.set {
			b.add(key.at, `%q has no place in a silent turn`, key.name)
		}
	}
}

func (b *builder) trigger(t turn) probe.Trigger {
	if !t.BargeIn.set {
		return probe.Trigger{Kind: probe.AfterAgent, Hold: t.Hold.or(defaultHold)}
	}
	if t.Hold.set {
		b.add(t.Hold.at, `"hold" waits for the agent and "barge_in" does not: remove one`)
	}
	return probe.Trigger{Kind: probe.BargeIn, After: t.BargeIn.value}
}

func (b *builder) reply(r reply) probe.Reply {
	out := probe.Reply{Within: r.Within.or(defaultReplyWithin)}
	out.Timeout = r.Timeout.or(max(defaultReplyTimeout, out.Within))
	if out.Timeout < out.Within {
		b.add(r.Timeout.at, `"timeout" of %v is shorter than the %v of "within": the caller would hang up before the reply is late`, out.Timeout, out.Within)
	}
	if !r.Matches.set {
		return out
	}
	pattern, err := regexp.Compile(r.Matches.value)
	if err != nil {
		b.add(r.Matches.at, `"matches" is no regular expression (RE2 syntax): %w`, err)
	}
	out.Matches = pattern
	return out
}

func (b *builder) stt(s stt) probe.STT {
	out := probe.STT{MaxWER: s.MaxWER.or(defaultMaxWER), Required: s.Required.value}
	if out.MaxWER < 0 || out.MaxWER > 1 {
		b.add(s.MaxWER.at, `"max_wer" is %v: write a ratio from 0 to 1, such as 0.2 for 20 %%`, out.MaxWER)
	}
	return out
}

// checkLength compares the time that the turns take with the limit of the call.
func (b *builder) checkLength(doc document, p probe.Plan) {
	least := p.MinDuration()
	if p.Limits.Call >= least {
		return
	}
	at := doc.Limits.Call.at
	if !doc.Limits.Call.set {
		at = doc.Turns[0].at
	}
	b.add(at, `the turns take up to %v, longer than the call limit of %v: raise "call" under "limits"`,
		least.Round(time.Second/10), p.Limits.Call)
}
