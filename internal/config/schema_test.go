package config

import (
	"encoding/json"
	"regexp"
	"testing"

	"callprobe/internal/yamlfile"
)

func TestSchemaAndFormatHaveTheSameKeysAndEachIsDescribed(t *testing.T) {
	gaps, err := yamlfile.SchemaGaps(Schema(), &document{})
	if err != nil {
		t.Fatal(err)
	}
	for _, gap := range gaps {
		t.Error(gap)
	}
}

func TestSchemaAndLoaderAgreeOnWhatIsAllowed(t *testing.T) {
	var root struct {
		Defs map[string]struct {
			Pattern    string `json:"pattern"`
			Properties map[string]struct {
				Pattern string `json:"pattern"`
			} `json:"properties"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(Schema(), &root); err != nil {
		t.Fatal(err)
	}
	if got := root.Defs["name"].Pattern; got != namePattern {
		t.Errorf("names match %s in the schema and %s here", got, namePattern)
	}
	if got := root.Defs["variable"].Pattern; got != variablePattern {
		t.Errorf("variables match %s in the schema and %s here", got, variablePattern)
	}
	url := regexp.MustCompile(root.Defs["target"].Properties["url"].Pattern)
	for _, text := range []string{
		"wss://a.example", "ws://127.0.0.1:7880", "http://a.example/path", "https://[::1]:7880",
		"", "a.example", "127.0.0.1:7880", "sip://a.example", "wss://", "wss://u:p@a.example", "wss://a.example?b=c", "wss://a.example#b",
	} {
		b := &builder{Problems: yamlfile.NewProblems("f")}
		b.checkURL(target{URL: yamlfile.Field[string]{Value: text, Set: true}})
		if loads, allowed := b.None(), url.MatchString(text); loads != allowed {
			t.Errorf("address %q: loads %v, allowed by the schema %v", text, loads, allowed)
		}
	}
}
