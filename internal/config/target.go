package config

import (
	"net/url"
	"regexp"
	"slices"
	"time"

	"callprobe/internal/schedule"
	"callprobe/internal/yamlfile"
)

// namePattern is what can stand in a metric label, a file name and on a command
// line without quotes.
const namePattern = `^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`

// nameRemedy says namePattern in words.
const nameRemedy = `use up to 64 letters, digits, ".", "_" and "-", a letter or digit first`

func (b *builder) targets(entries []target) []Target {
	if entries == nil {
		b.Add(yamlfile.Position{}, `no target: list at least one under "targets"`)
	}
	var targets []Target
	lines := map[string]int{}
	for _, t := range entries {
		if !t.Set {
			continue // It is no mapping, which is a problem already.
		}
		name := b.targetName(t)
		if line, taken := lines[name]; taken && t.Name.Set {
			b.Add(t.Name.At, "line %d has a target %s already: names must differ", line, yamlfile.Quote(name))
		}
		lines[name] = t.Name.At.Line
		b.checkURL(t)
		targets = append(targets, Target{
			Name:           name,
			URL:            t.URL.Value,
			APIKey:         b.credential(t, credentialKeys{"API key", "api_key_file", "api_key_env", t.APIKeyFile, t.APIKeyEnv}),
			APISecret:      b.credential(t, credentialKeys{"API secret", "api_secret_file", "api_secret_env", t.APISecretFile, t.APISecretEnv}),
			AgentName:      t.AgentName.Value,
			AgentMetadata:  t.AgentMetadata.Value,
			RoomPrefix:     b.prefix("room_prefix", t.RoomPrefix),
			IdentityPrefix: b.prefix("identity_prefix", t.IdentityPrefix),
			Labels:         labels(t.Labels),
			Allowance:      b.allowance(t.Budget),
			Reference:      t.Reference.Value,
		})
	}
	return targets
}

func (b *builder) targetName(t target) string {
	switch {
	case t.Name.Absent():
		b.Add(t.At, `a target needs a "name"`)
	case t.Name.Set && !isName(t.Name.Value):
		b.Add(t.Name.At, "%s cannot name a target: %s", yamlfile.Quote(t.Name.Value), nameRemedy)
	}
	return t.Name.Value
}

// checkURL shows nothing of an address: what is wrong with it may be that it
// holds a password.
func (b *builder) checkURL(t target) {
	if !t.URL.Set {
		if t.URL.Absent() {
			b.Add(t.At, `a target needs a "url": the address of its LiveKit server, such as wss://example.livekit.cloud`)
		}
		return
	}
	u, err := url.Parse(t.URL.Value)
	switch {
	case err != nil || u.Hostname() == "":
		b.Add(t.URL.At, `"url" is no address: write it as wss://host or wss://host:port`)
	case !slices.Contains([]string{"ws", "wss", "http", "https"}, u.Scheme):
		b.Add(t.URL.At, `"url" must begin with wss://, ws://, https:// or http://`)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		b.Add(t.URL.At, `"url" holds more than an address: remove the user, password, query and fragment; keys belong into "api_key_file" and "api_secret_file" or the environment`)
	}
}

// prefix checks the beginning of a name that is made on the server. An empty
// one would make our rooms look like anybody's.
func (b *builder) prefix(key string, f yamlfile.Field[string]) string {
	if f.Set && !isName(f.Value) {
		b.Add(f.At, `%q is %s: %s`, key, yamlfile.Quote(f.Value), nameRemedy)
	}
	return f.Value
}

func labels(fields []yamlfile.Field[string]) []string {
	var words []string
	for _, f := range fields {
		if f.Set {
			words = append(words, f.Value)
		}
	}
	return words
}

// allowance reads a budget. The bounds are beyond what any target is called.
func (b *builder) allowance(e budget) schedule.Allowance {
	return schedule.Allowance{
		CallsPerHour: b.wholeNumber("calls_per_hour", e.CallsPerHour, 0, 100000),
		TimePerDay:   time.Duration(b.wholeNumber("minutes_per_day", e.MinutesPerDay, 0, 1000000)) * time.Minute,
	}
}

func isName(text string) bool { return regexp.MustCompile(namePattern).MatchString(text) }
