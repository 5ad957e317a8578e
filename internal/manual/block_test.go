package manual_test

import (
	"slices"
	"testing"

	"callprobe/internal/manual"
)

func TestBlocksAreFoundWithTheirLineLanguageAndMark(t *testing.T) {
	text := "# A\n\n```sh\nmake\n```\n\n<!-- not run: no reason -->\n```\nplain\n```\n\n1. In a list.\n\n   ```yaml\n   a: 1\n   ```\n\nText.\n\n    indented\n\n<!-- far -->\n\nText.\n\n```sh\nx\n```\n"
	want := []manual.Block{
		{4, "sh", "make\n", ""},
		{9, "", "plain\n", "not run: no reason"},
		{15, "yaml", "a: 1\n", ""},
		{20, "", "indented\n", ""},
		{27, "sh", "x\n", ""},
	}
	if got := manual.Blocks(text); !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestFilesThatCommandsWriteAreFound(t *testing.T) {
	text := "```sh\nmkdir x\ncat > x/a.yml <<'EOF'\ntargets:\n  - b\nEOF\necho\n```\n"
	if got := manual.YAMLs(text); len(got) != 1 || got[0] != (manual.YAML{Line: 4, Text: "targets:\n  - b\n"}) {
		t.Errorf("got %+v", got)
	}
}

func TestAFlagBelongsToTheCommandBeforeIt(t *testing.T) {
	for text, want := range map[string]manual.Mention{
		"callprobe call booking --count=3":                     {Line: 1, Name: "count", Command: "callprobe call"},
		"a\nbin/callprobe run \\\n  --x=1 \\\n  --textfile=P":  {Line: 4, Name: "textfile", Command: "callprobe run"},
		"callprobe call | jq --slurp .":                        {Line: 1, Name: "slurp", Command: "jq"},
		"`callprobe serve` takes `--shard.count`":              {Line: 1, Name: "shard.count"},
		"x && bin/callprobe-lab --port=7880 &":                 {Line: 1, Name: "port", Command: "callprobe-lab"},
		"go run -C lab . --port=7880":                          {Line: 1, Name: "port", Command: "go run -C lab ."},
		"  command: [serve, --config.file=/etc/callprobe.yml]": {Line: 1, Name: "config.file"},
	} {
		got := manual.Flags(text)
		if len(got) == 0 || got[len(got)-1] != want {
			t.Errorf("%q: got %+v, want %+v", text, got, want)
		}
	}
}

func TestNamesOfMetricsAreToldFromOtherNames(t *testing.T) {
	text := "target:agent_requests:rate5m `agent_requests_total{status=\"error\"}` $probe_x --probe_y /stt_z callprobe_result_* CALLPROBE_X"
	var got []string
	for _, m := range manual.Metrics(text) {
		got = append(got, m.Name)
	}
	if want := []string{"agent_requests_total", "callprobe_result_"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTheReferenceOfCommandsIsRead(t *testing.T) {
	got, err := manual.CommandFlags("### callprobe call\n| `--count=N` | 1 | x |\n### Every command\n| `-h, --help` | - | x |\n")
	if err != nil || len(got) != 1 || !got["callprobe call"]["count"] || !got["callprobe call"]["help"] || len(got["callprobe call"]) != 2 {
		t.Errorf("got %v, %v", got, err)
	}
	for _, bad := range []string{"", "| `--count=N` | 1 | x |\n", "### callprobe call\n"} {
		if _, err := manual.CommandFlags(bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}
