package scenarios

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"

	"callprobe/internal/yamlfile"
	"callprobe/probe"
)

// node is the part of JSON Schema whose values are compared here.
type node struct {
	Pattern    string          `json:"pattern"`
	Enum       []string        `json:"enum"`
	Default    any             `json:"default"`
	MaxItems   int             `json:"maxItems"`
	Properties map[string]node `json:"properties"`
	Defs       map[string]node `json:"$defs"`
}

func readSchema(t *testing.T) node {
	t.Helper()
	var root node
	if err := json.Unmarshal(Schema(), &root); err != nil {
		t.Fatal(err)
	}
	return root
}

func TestSchemaAndFormatHaveTheSameKeysAndEachIsDescribed(t *testing.T) {
	gaps, err := yamlfile.SchemaGaps(Schema(), &document{})
	if err != nil {
		t.Fatal(err)
	}
	for _, gap := range gaps {
		t.Error(gap)
	}
}

func TestSchemaTellsTheDefaultsThatHold(t *testing.T) {
	root := readSchema(t)
	turn := root.Defs["turn"].Properties
	limits, d := root.Properties["limits"].Properties, probe.DefaultLimits()
	for name, c := range map[string]struct {
		got  any
		want any
	}{
		"language":        {root.Properties["language"].Default, defaultLanguage},
		"greeting expect": {root.Properties["greeting"].Properties["expect"].Default, string(defaultGreeting)},
		"greeting within": {root.Properties["greeting"].Properties["within"].Default, defaultGreetingWithin},
		"hold":            {turn["hold"].Default, defaultHold},
		"reply within":    {turn["reply"].Properties["within"].Default, defaultReplyWithin},
		"reply timeout":   {turn["reply"].Properties["timeout"].Default, defaultReplyTimeout},
		"max_wer":         {turn["stt"].Properties["max_wer"].Default, defaultMaxWER},
		"stt required":    {turn["stt"].Properties["required"].Default, false},
		"join":            {limits["join"].Default, d.Join},
		"agent_join":      {limits["agent_join"].Default, d.AgentJoin},
		"transcript":      {limits["transcript"].Default, d.Transcript},
		"call":            {limits["call"].Default, d.Call},
	} {
		t.Run(name, func(t *testing.T) {
			got := c.got
			if _, ok := c.want.(time.Duration); ok {
				d, err := time.ParseDuration(fmt.Sprint(c.got))
				if err != nil {
					t.Fatal(err)
				}
				got = d
			}
			if got != c.want {
				t.Errorf("the schema says %v, %v holds", got, c.want)
			}
		})
	}
}

func TestSchemaAndLoaderAgreeOnWhatIsAllowed(t *testing.T) {
	root := readSchema(t)
	if got := root.Properties["name"].Pattern; got != namePattern {
		t.Errorf("names match %s in the schema and %s here", got, namePattern)
	}
	if got := root.Properties["language"].Pattern; got != languagePattern {
		t.Errorf("languages match %s in the schema and %s here", got, languagePattern)
	}
	if got := root.Properties["greeting"].Properties["expect"].Enum; !slices.Equal(got, greetingModes()) {
		t.Errorf("greetings are %v in the schema and %v here", got, greetingModes())
	}
	if got := root.Properties["turns"].MaxItems; got != maxTurns {
		t.Errorf("%d turns at most in the schema and %d here", got, maxTurns)
	}
	duration := regexp.MustCompile(root.Defs["duration"].Pattern)
	for _, text := range []string{"1s", "1.5s", ".5s", "1.s", "700ms", "1m30s", "2h", "100us", "3µs", "+1s", "1", "", "s", "1 s", "1d", "one", "-1s", "1.s.", "."} {
		d, err := time.ParseDuration(text)
		if loads, allowed := err == nil && d > 0, duration.MatchString(text); loads != allowed {
			t.Errorf("duration %q: loads %v, allowed by the schema %v", text, loads, allowed)
		}
	}
}
