package drill

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"callprobe/deploy"
)

func TestMatchers(t *testing.T) {
	labels := map[string]string{"alertname": "NoActiveAgents", "team": `a"b, c`}
	for text, want := range map[string]bool{
		`alertname="NoActiveAgents"`:                true,
		`alertname = NoActiveAgents`:                true,
		`alertname=~"No.*|Other"`:                   true,
		`alertname=~"No"`:                           false, // The whole value, not a part.
		`alertname!="NoActiveAgents"`:               false,
		`alertname!~Other`:                          true,
		`{alertname="NoActiveAgents", missing=""}`:  true,
		`alertname="NoActiveAgents",missing=~".+"`:  false,
		`team="a\"b, c"`:                            true,
		`"team"="a\"b, c"`:                          true,
		`missing!=""`:                               false,
		`alertname="NoActiveAgents", team!="other"`: true,
	} {
		all, err := parseMatchers(text)
		got := !slices.ContainsFunc(all, func(m matcher) bool { return !m.matches(labels) })
		if err != nil || len(all) == 0 || got != want {
			t.Errorf("%s: %v %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"alertname", `a="b`, "a=b=c,,", `a=~"("`, "{a=b"} {
		if all, err := parseMatchers(text); err == nil {
			t.Errorf("%s: taken as %v", text, all)
		}
	}
}

func TestAnAlertGoesTheWayOfAlertmanager(t *testing.T) {
	const config = `
route:
  receiver: default
  group_by: [alertname]
  routes:
    - matchers: [severity = critical]
      receiver: pager
      group_wait: 1s
      routes:
        - match: {team: voice}
          receiver: voice-pager
          group_by: ['...']
          group_interval: 1d
    - match_re: {team: "vo.*"}
      receiver: voice-log
      continue: true
    - matchers: ['team=~"voice|sales"']
      receiver: chat
receivers:
  - {name: default, email_configs: [{to: a}, {to: b}]}
  - {name: pager, pagerduty_configs: [{send_resolved: true}], slack_configs: [{send_resolved: false}]}
`
	c, err := ParseConfiguration("f.yml", config)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name     string
		labels   map[string]string
		want, by string
	}{
		{"what no route takes goes to the default", map[string]string{"severity": "info"}, "default", "the default route"},
		{"the first route that takes it gets it", map[string]string{"severity": "critical", "team": "x"}, "pager", "severity = critical"},
		{"the deepest one gets it", map[string]string{"severity": "critical", "team": "voice"}, "voice-pager", "severity = critical, team = voice"},
		{"continue lets the next have it too", map[string]string{"severity": "warning", "team": "voice"}, "voice-log chat", `team =~ "vo.*"`},
		{"a pattern takes the whole value", map[string]string{"team": "sales2"}, "default", "the default route"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var names []string
			ways := c.ways(tc.labels)
			for _, w := range ways {
				names = append(names, w.receiver)
			}
			if got := strings.Join(names, " "); got != tc.want || conditions(ways[0].by) != tc.by {
				t.Errorf("it goes to %s by %s", got, conditions(ways[0].by))
			}
		})
	}
	deep := c.ways(map[string]string{"severity": "critical", "team": "voice"})[0]
	if deep.wait != time.Second || deep.interval != 24*time.Hour || deep.repeat != defaultRepeatInterval || grouping(deep.groupBy) != "every label" {
		t.Errorf("it inherits what it does not say: %+v", deep.route)
	}
	if got := kinds(c.receivers["pager"]); got != "pagerduty, slack" {
		t.Errorf("pager is %s", got)
	}
	if top := c.root; top.wait != defaultGroupWait || top.interval != defaultGroupInterval {
		t.Errorf("the defaults are Alertmanager's: %+v", top)
	}
}

// TestTheShippedConfigurationIsUnderstood goes by what `amtool config routes test`
// says in the tests of package deploy.
func TestTheShippedConfigurationIsUnderstood(t *testing.T) {
	text, err := os.ReadFile("../../deploy/alertmanager/alertmanager.yml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := ParseConfiguration("alertmanager.yml", string(text))
	if err != nil {
		t.Fatal(err)
	}
	alerts, err := deploy.DefaultRules().Alerts()
	if err != nil || len(alerts) == 0 {
		t.Fatal(err)
	}
	for _, a := range alerts {
		want := map[string]string{"critical": "pagerduty", "warning": "slack", "none": "nobody"}[a.Labels["severity"]]
		if a.Name == "Watchdog" {
			want = "heartbeat"
		}
		labels := newTest(Options{Alert: a, TargetLabel: "target", Target: "x"}, time.Time{}, time.Time{}).Labels
		if got := receivers(c.ways(labels)); !slices.Equal(got, []string{want}) {
			t.Errorf("%s goes to %q, want %s", a.Name, got, want)
		}
	}
}

func TestAConfigurationThatCannotBeReadIsNamed(t *testing.T) {
	for text, says := range map[string]string{
		"a: [":                               "f.yml:1:",
		"receivers: []":                      `f.yml: it has no "route"`,
		"route: {group_wait: soon}":          "f.yml: read group_wait",
		`route: {routes: [{matchers: [x]}]}`: `f.yml: read matcher "x"`,
	} {
		if _, err := ParseConfiguration("f.yml", text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", text, err, says)
		}
	}
}

func TestDurationsAreWrittenAsPeopleDo(t *testing.T) {
	for want, d := range map[string]time.Duration{"5s": 5 * time.Second, "1m": time.Minute, "1m20s": 80 * time.Second, "4h": 4 * time.Hour, "1h30m": 90 * time.Minute, "250ms": 250 * time.Millisecond, "0s": 0} {
		if got := short(d); got != want {
			t.Errorf("%v is %s, want %s", d, got, want)
		}
	}
}
