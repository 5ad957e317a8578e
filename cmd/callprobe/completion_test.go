package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"callprobe/scenarios"
)

// offered runs `callprobe complete` and returns the words, or ":paths".
func offered(t *testing.T, words ...string) []string {
	t.Helper()
	got := runHere(t, append([]string{"complete", "--"}, words...)...)
	if got.code != exitPassed || got.errOut != "" {
		t.Fatalf("exit %d: %s", got.code, got.errOut)
	}
	var all []string
	for line := range strings.Lines(got.out) {
		text, _, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		all = append(all, text)
	}
	return all
}

func TestWhatMayFollowOnTheCommandLine(t *testing.T) {
	withPaths := append(scenarios.BuiltinNames(), ":paths")
	for name, tc := range map[string]struct {
		line []string
		want []string
	}{
		"a command that is begun":                        {[]string{"ca"}, []string{"call"}},
		"a command after a flag of all":                  {[]string{"--no-version", "ru"}, []string{"rules", "run"}},
		"help takes a command":                           {[]string{"help", "ser"}, []string{"serve"}},
		"a scenario by name or by path":                  {[]string{"call", ""}, withPaths},
		"a second scenario":                              {[]string{"call", "booking", ""}, withPaths},
		"a flag of the command, ready for its value":     {[]string{"run", "--text"}, []string{"--textfile="}},
		"flags of the command before those of all":       {[]string{"completion", "--"}, []string{"--help", "--version"}},
		"a word of few, after the sign":                  {[]string{"vad", "--output=c"}, []string{"--output=csv"}},
		"a word of few, after a space":                   {[]string{"vad", "--output", ""}, []string{"text", "csv", "json"}},
		"a file, after the sign":                         {[]string{"serve", "--config.file=/etc/call"}, []string{":paths"}},
		"a file, after a space":                          {[]string{"serve", "--config.file", ""}, []string{":paths"}},
		"a folder":                                       {[]string{"call", "--record.dir="}, []string{":paths"}},
		"a number is nothing that can be guessed":        {[]string{"call", "--count="}, nil},
		"a value in the place of a scenario":             {[]string{"call", "--count", "3", "boo"}, []string{"booking", ":paths"}},
		"a command without arguments":                    {[]string{"serve", ""}, nil},
		"a shell":                                        {[]string{"completion", ""}, []string{"bash", "zsh", "fish"}},
		"an alert":                                       {[]string{"drill", "NoActiveAgents"}, []string{"NoActiveAgents", "NoActiveAgentsRecently"}},
		"after two dashes there are no flags":            {[]string{"vad", "--", "--out"}, []string{":paths"}},
		"a command that is not there takes nothing away": {[]string{"nonsense", "wer"}, []string{"wer"}},
		"a flag that is not there":                       {[]string{"call", "--nonsense="}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if got := offered(t, tc.line...); !slices.Equal(got, tc.want) {
				t.Errorf("callprobe %q offers %q, want %q", tc.line, got, tc.want)
			}
		})
	}
}

func TestEveryCommandButTheHiddenOneIsOfferedAndInTheManual(t *testing.T) {
	help := runHere(t, "--help").out
	manual := strings.ReplaceAll(runHere(t, "man").out, `\-`, "-")
	commands := offered(t, "")
	if len(commands) < 12 || slices.Contains(commands, "complete") {
		t.Errorf("offered: %q", commands)
	}
	for _, c := range commands {
		if !regexp.MustCompile(`(?m)^`+c+`\b`).MatchString(help) || !strings.Contains(manual, `.SS "callprobe `+c) {
			t.Errorf("%s is not in --help or not in the manual page", c)
		}
		for _, flag := range offered(t, c, "--") {
			if !strings.Contains(manual, flag) {
				t.Errorf("%s %s is not in the manual page", c, flag)
			}
		}
	}
}

func TestAWordThatIsNoneOfFewIsRefusedWithTheWords(t *testing.T) {
	for _, tc := range []struct {
		args []string
		says string
	}{
		{[]string{"vad", "--output=xml", "a.wav"}, "--output=xml: want one of text, csv, json\n"},
		{[]string{"completion", "tcsh"}, "shell tcsh: want one of bash, zsh, fish\n"},
	} {
		if got := runHere(t, tc.args...); got.code != exitUsage || got.out != "" || !strings.Contains(got.errOut, tc.says) {
			t.Errorf("%q: exit %d, %q does not say %q", tc.args, got.code, got.errOut, tc.says)
		}
	}
}

func TestRoffTakesNoTextForACommand(t *testing.T) {
	for text, want := range map[string]string{
		".SH is a macro":   `\&.SH is a macro`,
		"'tis":             `\&'tis`,
		`a\b "c" --d`:      `a\eb \(dqc\(dq \-\-d`,
		"two\nlines":       "two lines",
		"plain words only": "plain words only",
	} {
		if got := roff(text); got != want {
			t.Errorf("roff(%q) is %q, want %q", text, got, want)
		}
	}
}
