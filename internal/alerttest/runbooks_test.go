package alerttest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"callprobe/deploy"
)

// duty is how the commands of a runbook are tried: on the target that has the
// fault, and what the diagnostic ones must say then, one after the other.
type duty struct {
	target string
	says   []string
	// exit is the code of a call that shows the fault.
	exit int
}

// duties are those of all alerts. What is said by number is one that is shown,
// not which.
func duties() map[string]duty {
	const (
		number = `=> [0-9.e+]+ @`
		errors = `429 Too Many Requests`
		absent = `\{reason="no_agent"\} => [1-9]`
	)
	return map[string]duty{
		"NoActiveAgents":         {"absent", []string{absent, number, `FAILED .*no_agent`, `OK\{"agent_name":`, errors}, 1},
		"NoActiveAgentsRecently": {"absent", []string{`target="absent"\} => [0-9.]+ @`, `A\w+ .* suppressed`}, 0},
		"RoomServerUnreachable":  {"unreachable", []string{`\{reason="unreachable"\} => [1-9]`, `^OK`, `INCONCLUSIVE .*unreachable`, `\{target="unreachable"\} => [1-9]`}, 3},
		"AgentHighErrorRate":     {"absent", []string{absent, `scenario="short"\} => (1|0\.[5-9])`, `FAILED .*no_agent`, errors}, 1},
		"AgentHighLatency":       {"slow", []string{`=> [2-9]`, `scenario="short"\} => [2-9]`, `=> 0?\.?[0-9.]+ @`, `TTFA +2\.`}, 0},
		"STTFailureRate":         {"misheard", []string{`\{result="substitution"\} => [1-9]`, `scenario="short"\} => [1-9]`, `FAILED .*stt_wrong`, errors}, 1},
		"AnswerSLOBurnFast":      {"absent", []string{absent, `scenario="short"\} => [1-9]`, `FAILED .*no_agent`, errors}, 1},
		"AnswerSLOBurnSlow":      {"absent", []string{absent, `scenario="short"\} => [1-9]`, absent, `FAILED .*no_agent`}, 1},
		"ProbeStale":             {"refused", []string{`\{reason="unauthorized"\} => [1-9]`, `scenario="short"\} => [0-9.]+ @`, `reason="budget_calls"\} => 0 @`, `INCONCLUSIVE .*unauthorized`}, 3},
		"ProbeTargetVanished":    {"gone", []string{`target="support"\} => 1 @`, number, `targets support, .* refused; probes 2`}, 0},
		"ProberDown":             {"support", []string{`job="callprobe".* => 1 @`, `ok|OK|healthy`, `call finished`, `support`}, 0},
		"Watchdog":               {"support", []string{`(?s)Ready.*Watchdog.*=> 1 @`, `(?s)OK.*Watchdog`, `integration="pagerduty"\} => 0 @`}, 0},
	}
}

// block is the commands between two fences of a runbook.
type block struct{ part, text string }

// readBlocks returns the first block, which sets variables, and the others.
func readBlocks(t *testing.T, alert string) (variables []string, blocks []block) {
	t.Helper()
	text, found := deploy.Runbook(alert)
	if !found {
		t.Fatalf("%s has no runbook", alert)
	}
	part, open, code := "", false, ""
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		switch {
		case !open && strings.HasPrefix(line, "## "):
			part = strings.TrimPrefix(trimmed, "## ")
		case !open && trimmed == "```sh":
			open, code = true, ""
		case open && trimmed == "```":
			open = false
			blocks = append(blocks, block{part, code})
		case open:
			code += strings.TrimPrefix(line, "   ")
		}
	}
	if len(blocks) < 4 || blocks[0].part != "Diagnostic commands" || !strings.HasPrefix(blocks[0].text, "export ") {
		t.Fatalf("%s does not begin with its variables: %q", alert, blocks)
	}
	for _, m := range regexp.MustCompile(`(?:export|[\w"']) (\w+)=`).FindAllStringSubmatch(" "+blocks[0].text, -1) {
		variables = append(variables, m[1])
	}
	return variables, blocks[1:]
}

// followRunbooks runs every command of every runbook.
func (l *live) followRunbooks(t *testing.T) {
	t.Helper()
	tools := l.tools(t)
	room := make(chan struct{}, 3)
	for alert, d := range duties() {
		t.Run(alert, func(t *testing.T) {
			t.Parallel()
			room <- struct{}{}
			defer func() { <-room }()
			l.followRunbook(t, tools, alert, d)
		})
	}
	for _, alert := range deploy.RunbookNames() {
		if _, found := duties()[alert]; !found {
			t.Errorf("nobody tries the commands of %s", alert)
		}
	}
}

func (l *live) followRunbook(t *testing.T, tools, alert string, d duty) {
	t.Helper()
	variables, blocks := readBlocks(t, alert)
	diagnostics := 0
	for _, b := range blocks {
		target := d.target
		switch b.part {
		case "Silence":
			target = "planned" // What is muted by it is not to be seen by others.
		case "Confirm recovery":
			target = "support"
		}
		for _, m := range regexp.MustCompile(`\$(\w+)`).FindAllStringSubmatch(b.text, -1) {
			if m[1] != "USER" && !slices.Contains(variables, m[1]) {
				t.Errorf("%s is not among the variables on top", m[0])
			}
		}
		out, code := l.shell(t, tools, target, b.text)
		want := ""
		switch {
		case b.part == "Diagnostic commands":
			if diagnostics < len(d.says) {
				want = d.says[diagnostics]
			}
			diagnostics++
		case b.part == "Silence":
			want = alert
		case strings.Contains(b.text, "echo"):
			want = "recovered|the agent answers"
		default:
			want = "Alertname|=> 1 @"
		}
		wantCode := 0
		if b.part == "Diagnostic commands" && strings.HasPrefix(b.text, "callprobe call") {
			wantCode = d.exit
		}
		if code != wantCode || !regexp.MustCompile(`(?m)`+want).MatchString(out) {
			t.Errorf("%s: ended with %d, want %d, and %q in what it said:\n%s\n%s", b.part, code, wantCode, want, b.text, out)
		}
	}
	if diagnostics != len(d.says) {
		t.Errorf("%d diagnostic commands, and %d are known", diagnostics, len(d.says))
	}
}

// tools returns a folder with the programs that the runbooks call.
func (l *live) tools(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for name, variable := range map[string]string{"callprobe": envCallprobe, "promtool": "CALLPROBE_PROMTOOL", "amtool": "CALLPROBE_AMTOOL", "curl": "", "bash": ""} {
		path, err := filepath.Abs(program(t, variable, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// shellLimit bounds the commands of one block.
const shellLimit = 2 * time.Minute

// shell runs commands as the one on call would, with the variables that the
// runbook asks for.
func (l *live) shell(t *testing.T, tools, target, commands string) (out string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), shellLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(tools, "bash"), "-eu", "-c", commands)
	cmd.Env = append(slices.Clone(l.env), "TARGET="+target, "USER=oncall", "HOME="+t.TempDir(), "PATH="+tools+":/usr/bin:/bin")
	text, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(text), cmd.ProcessState.ExitCode()
}
