package scenarios

import (
	"regexp"
	"time"

	"callprobe/internal/yamlfile"
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
	*yamlfile.Problems
	recordings *recordings
	// spoken is the language by whose rules texts are compared.
	spoken string
}

// plan checks the whole document, whatever is wrong with its parts, so that a
// user sees every problem at once.
func (b *builder) plan(doc document, fallbackName string) probe.Plan {
	b.spoken = doc.Language.Or(defaultLanguage)
	p := probe.Plan{
		Name:        b.name(doc.Name, fallbackName),
		Description: doc.Description.Value,
		Language:    b.language(doc.Language),
		Greeting:    b.greeting(doc.Greeting),
		Limits:      limitsOf(doc.Limits),
	}
	switch {
	case doc.Turns == nil:
		b.Add(yamlfile.Position{}, `no turn: list at least one under "turns"`)
	case len(doc.Turns) > maxTurns:
		b.Add(doc.Turns[maxTurns].At, "turn %d: a call has %d turns at most", maxTurns+1, maxTurns)
		return p
	}
	for i, t := range doc.Turns {
		if t.BargeIn.Set && p.Greeting.Mode == probe.GreetingNone && i == 0 {
			b.Add(t.BargeIn.At, `"barge_in" needs an agent that is talking: there is no greeting to interrupt`)
		}
		if t.BargeIn.Set && i > 0 && doc.Turns[i-1].Silence.Set {
			b.Add(t.BargeIn.At, `"barge_in" needs an agent that is talking: the turn before is silent`)
		}
		p.Turns = append(p.Turns, b.turn(t))
	}
	return p
}

// name must be safe as a metric label, in a file name and on a command line.
func (b *builder) name(f yamlfile.Field[string], fallback string) string {
	name, from := f.Or(fallback), "name"
	if !f.Set {
		from = "the file's name"
	}
	if !regexp.MustCompile(namePattern).MatchString(name) {
		b.Add(f.At, `%s %s cannot name a scenario: use up to 64 letters, digits, ".", "_" and "-" in "name"`, from, yamlfile.Quote(name))
	}
	return name
}

const (
	namePattern     = `^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`
	languagePattern = `^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$`
)

func (b *builder) language(f yamlfile.Field[string]) string {
	language := f.Or(defaultLanguage)
	if !regexp.MustCompile(languagePattern).MatchString(language) {
		b.Add(f.At, `"language" is %s: write a language tag like "en" or "de-AT"`, yamlfile.Quote(language))
	}
	return language
}

func (b *builder) greeting(g greeting) probe.Greeting {
	mode := probe.GreetingMode(g.Expect.Or(string(defaultGreeting)))
	switch mode {
	case probe.GreetingRequired, probe.GreetingOptional:
	case probe.GreetingNone:
		if g.Within.Set {
			b.Add(g.Within.At, `"within" has no place where no greeting is expected`)
		}
		return probe.Greeting{Mode: mode}
	default:
		b.Add(g.Expect.At, `"expect" is %s: write %s`, yamlfile.Quote(string(mode)), yamlfile.Alternatives(greetingModes()))
	}
	return probe.Greeting{Mode: mode, Within: g.Within.Or(defaultGreetingWithin)}
}

func greetingModes() []string {
	return []string{string(probe.GreetingRequired), string(probe.GreetingOptional), string(probe.GreetingNone)}
}

func limitsOf(l limits) probe.Limits {
	d := probe.DefaultLimits()
	return probe.Limits{
		Join:       l.Join.Or(d.Join),
		AgentJoin:  l.AgentJoin.Or(d.AgentJoin),
		Transcript: l.Transcript.Or(d.Transcript),
		Call:       l.Call.Or(d.Call),
	}
}

func (b *builder) turn(t turn) probe.Turn {
	out := probe.Turn{When: b.trigger(t)}
	switch {
	case t.Say.Set && t.Silence.Set:
		b.Add(t.Silence.At, `a turn speaks or is silent: remove "say" or "silence"`)
	case t.Silence.Set:
		b.silentTurn(t)
		out.Silence = t.Silence.Value
	case t.Say.Set:
		out.Say = b.recordings.utterance(t.Say, t.Text, b.Problems)
		out.Reply = b.reply(t.Reply)
		out.STT = b.stt(t.STT)
		b.words(t, &out)
	case t.Set && t.Say.Absent() && t.Silence.Absent():
		b.Add(t.At, `a turn needs "say" with a recording or "silence" with a duration`)
	}
	return out
}

// silentTurn rejects what only a spoken turn can have.
func (b *builder) silentTurn(t turn) {
	for _, key := range []struct {
		name string
		set  bool
		at   yamlfile.Position
	}{
		{"text", t.Text.Set, t.Text.At},
		{"barge_in", t.BargeIn.Set, t.BargeIn.At},
		{"reply", t.Reply.Set, t.Reply.At},
		{"stt", t.STT.Set, t.STT.At},
	} {
		if key.set {
			b.Add(key.at, `%q has no place in a silent turn`, key.name)
		}
	}
}

func (b *builder) trigger(t turn) probe.Trigger {
	if !t.BargeIn.Set {
		return probe.Trigger{Kind: probe.AfterAgent, Hold: t.Hold.Or(defaultHold)}
	}
	if t.Hold.Set {
		b.Add(t.Hold.At, `"hold" waits for the agent and "barge_in" does not: remove one`)
	}
	return probe.Trigger{Kind: probe.BargeIn, After: t.BargeIn.Value}
}

func (b *builder) reply(r reply) probe.Reply {
	out := probe.Reply{Within: r.Within.Or(defaultReplyWithin)}
	out.Timeout = r.Timeout.Or(max(defaultReplyTimeout, out.Within))
	if out.Timeout < out.Within {
		b.Add(r.Timeout.At, `"timeout" of %v is shorter than the %v of "within": the caller would hang up before the reply is late`, out.Timeout, out.Within)
	}
	if !r.Matches.Set {
		return out
	}
	pattern, err := regexp.Compile(r.Matches.Value)
	if err != nil {
		b.Add(r.Matches.At, `"matches" is no regular expression (RE2 syntax): %w`, err)
	}
	out.Matches = pattern
	return out
}

func (b *builder) stt(s stt) probe.STT {
	out := probe.STT{MaxWER: s.MaxWER.Or(defaultMaxWER), Required: s.Required.Value}
	if out.MaxWER < 0 || out.MaxWER > 1 {
		b.Add(s.MaxWER.At, `"max_wer" is %v: write a ratio from 0 to 1, such as 0.2 for 20 %%`, out.MaxWER)
	}
	return out
}

// checkLength compares the time that the turns take with the limit of the call,
// and that with what a call may take.
func (b *builder) checkLength(doc document, p probe.Plan) {
	if p.Limits.Call > probe.MaxCall {
		b.Add(doc.Limits.Call.At, `"call" is %v: a call takes 10m at most`, p.Limits.Call)
		return
	}
	least := p.MinDuration()
	if p.Limits.Call >= least {
		return
	}
	at := doc.Limits.Call.At
	if !doc.Limits.Call.Set {
		at = doc.Turns[0].At
	}
	b.Add(at, `the turns take up to %v, longer than the call limit of %v: raise "call" under "limits"`,
		least.Round(time.Second/10), p.Limits.Call)
}
