package deploy

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Rules says how printed alert rules differ from those of the repository. What
// DefaultRules returns changes nothing.
type Rules struct {
	// TargetLabel is the label that tells one agent from another.
	TargetLabel string
	// ErrorRate and STTFailureRate are shares of turns, between 0 and 1.
	ErrorRate, STTFailureRate float64
	// LatencySeconds is from the caller's last word to the agent's first. It must
	// be a bucket of agent_response_seconds.
	LatencySeconds float64
	// Objective is the share of turns that are to be answered, between 0 and 1.
	Objective float64
	// ServiceURL is where callprobe serves its pages, GrafanaURL the root of
	// Grafana. RunbookURL is what the name of an alert is appended to; empty
	// stands for the runbooks of the service.
	ServiceURL, GrafanaURL, RunbookURL string
	// Job is a regular expression of the jobs whose series of the six families
	// that others may have too are looked at; empty stands for all. Those that
	// callprobe alone has are looked at in any case.
	Job string
}

// DefaultRules returns the rules of the repository.
func DefaultRules() Rules {
	return Rules{
		TargetLabel:    "target",
		ErrorRate:      0.05,
		STTFailureRate: 0.02,
		LatencySeconds: 1.5,
		Objective:      0.99,
		ServiceURL:     "http://localhost:9877",
		GrafanaURL:     "http://localhost:3000",
	}
}

// buckets returns the limits that the latency can be compared with.
func buckets() []float64 { return []float64{0.3, 0.5, 0.8, 1, 1.5, 2, 3, 5} }

// labelPattern is a name of a label in Prometheus.
const labelPattern = `^[A-Za-z_][A-Za-z0-9_]*$`

// jobPattern is what a regular expression of jobs may hold: nothing that would
// have to be escaped in an expression or in YAML.
const jobPattern = `^[A-Za-z0-9_./*+?|()-]+$`

// Validate says everything that is wrong with the options, in the words of the
// command's flags.
func (r Rules) Validate() error {
	var errs []error
	if !regexp.MustCompile(labelPattern).MatchString(r.TargetLabel) || strings.HasPrefix(r.TargetLabel, "__") {
		errs = append(errs, fmt.Errorf("--target-label=%s is no name of a label: use letters, digits and _", r.TargetLabel))
	}
	if slices.Contains([]string{"scenario", "status", "le", "job", "instance", "severity", "alertname", "alertstate", "reason", "outcome", "inf", "nan"}, strings.ToLower(r.TargetLabel)) {
		errs = append(errs, fmt.Errorf("--target-label=%s means something else already: choose another", r.TargetLabel))
	}
	for _, share := range []struct {
		flag  string
		value float64
	}{{"error-rate", r.ErrorRate}, {"stt-failure-rate", r.STTFailureRate}, {"objective", r.Objective}} {
		if !(share.value > 0 && share.value < 1) {
			errs = append(errs, fmt.Errorf("--%s=%v is no share: it lies between 0 and 1, and 0.05 is 5 %%", share.flag, share.value))
		}
	}
	if r.Objective < 1 && rest(r.Objective) == 0 {
		errs = append(errs, fmt.Errorf("--objective=%v leaves nothing that may fail: 0.999 is strict enough", r.Objective))
	}
	if _, err := regexp.Compile(r.Job); r.Job != "" && (err != nil || !regexp.MustCompile(jobPattern).MatchString(r.Job)) {
		errs = append(errs, fmt.Errorf(`--job=%s is no pattern of jobs: use a regular expression of letters, digits and _ . - / * + ? | ( ), such as callprobe.*`, r.Job))
	}
	if !slices.Contains(buckets(), r.LatencySeconds) {
		errs = append(errs, fmt.Errorf("--latency=%vs is no bucket of agent_response_seconds: use one of %s", r.LatencySeconds, joined(buckets())))
	}
	for _, address := range []struct{ flag, value string }{{"service-url", r.ServiceURL}, {"grafana-url", r.GrafanaURL}, {"runbook-url", r.RunbookURL}} {
		if address.value == "" && address.flag == "runbook-url" {
			continue
		}
		problem := unusable(address.value)
		if problem == "" && address.flag != "runbook-url" && strings.ContainsAny(address.value, "?#") {
			problem = "holds a query, and paths are appended to it"
		}
		if problem != "" {
			errs = append(errs, fmt.Errorf("--%s %s: write it as https://host/path", address.flag, problem))
		}
	}
	return errors.Join(errs...)
}

// unusable says why an address cannot stand in a page; it is empty when it can.
// It shows nothing of an address that may hold a password.
func unusable(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https":
		return "is no web address"
	case u.User != nil:
		return "holds a user or a password, which everybody who is paged would see"
	case strings.ContainsAny(address, "\"'\\{}<>|\n "):
		return "holds quotes, braces, brackets, bars, backslashes or spaces"
	}
	return ""
}

func joined(values []float64) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = number(v) + "s"
	}
	return strings.Join(texts, ", ")
}

// number writes a figure as it stands in the rules.
func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// percent writes a share as it stands in a summary.
func percent(share float64) string {
	return strconv.FormatFloat(share*100, 'g', 6, 64) + "%"
}

// Print returns the rules as a file for Prometheus.
func (r Rules) Print() (string, error) {
	if err := r.Validate(); err != nil {
		return "", err
	}
	text, err := files.ReadFile(rulesFile)
	if err != nil {
		return "", fmt.Errorf("read rules: %w", err)
	}
	return r.rewrite(string(text)), nil
}

// PrometheusRule returns the rules as an object for the Prometheus operator.
func (r Rules) PrometheusRule() (string, error) {
	text, err := r.Print()
	if err != nil {
		return "", err
	}
	head, groups, found := strings.Cut(text, "\ngroups:\n")
	if !found {
		return "", errors.New("read rules: no groups in " + rulesFile)
	}
	var b strings.Builder
	b.WriteString(head + "\n")
	b.WriteString("apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata:\n  name: callprobe\n  labels:\n    app.kubernetes.io/name: callprobe\nspec:\n  groups:\n")
	for line := range strings.Lines(groups) {
		if strings.TrimSpace(line) != "" {
			b.WriteString("  ")
		}
		b.WriteString(line)
	}
	return b.String(), nil
}

// rewrite replaces in the text of the rules what differs from the defaults.
func (r Rules) rewrite(text string) string {
	d := DefaultRules()
	runbooks := strings.TrimSuffix(r.RunbookURL, "/")
	if runbooks == "" {
		runbooks = strings.TrimSuffix(r.ServiceURL, "/") + "/runbooks"
	}
	for _, change := range []struct{ before, old, new string }{
		{`:agent_requests_errors:ratio_lower95_\w+ > `, number(d.ErrorRate), number(r.ErrorRate)},
		{`error rate above `, percent(d.ErrorRate), percent(r.ErrorRate)},
		{`:stt_transcription_errors:ratio_lower95_\w+ > `, number(d.STTFailureRate), number(r.STTFailureRate)},
		{`failure rate above `, percent(d.STTFailureRate), percent(r.STTFailureRate)},
		{`agent_response_seconds_bucket\{`, bucket(d.LatencySeconds), bucket(r.LatencySeconds)},
		{`latency above |begin more than `, number(d.LatencySeconds) + "s", number(r.LatencySeconds) + "s"},
		{` > [0-9.]+ \* `, number(rest(d.Objective)), number(rest(r.Objective))},
		{`; `, percent(rest(d.Objective)) + " may", percent(rest(r.Objective)) + " may"},
		{`runbook_url: `, d.ServiceURL + "/runbooks/", runbooks + "/"},
		{`call_url: `, d.ServiceURL, strings.TrimSuffix(r.ServiceURL, "/")},
		{`dashboard_url: `, d.GrafanaURL, strings.TrimSuffix(r.GrafanaURL, "/")},
	} {
		pattern := regexp.MustCompile("(" + change.before + ")" + regexp.QuoteMeta(change.old))
		text = pattern.ReplaceAllString(text, "${1}"+strings.ReplaceAll(change.new, "$", "$$"))
	}
	if r.Job != "" {
		text = ofJobs(text, r.Job)
	}
	return relabel(text, d.TargetLabel, r.TargetLabel)
}

// ofJobs selects the series of jobs in all expressions of the six families.
func ofJobs(text, jobs string) string {
	const family = `(\b(?:agent_workers_active|agent_requests_total|agent_response_seconds_(?:bucket|count)|stt_transcription_(?:requests|errors)_total))`
	text = regexp.MustCompile(family+`\{`).ReplaceAllString(text, `${1}{job=~"`+jobs+`", `)
	return regexp.MustCompile(family+`([\[)])`).ReplaceAllString(text, `${1}{job=~"`+jobs+`"}${2}`)
}

// bucket selects the bucket of a latency. Prometheus 3 writes 1.0 where an
// exporter says 1.
func bucket(seconds float64) string {
	if seconds == math.Trunc(seconds) {
		return `le=~"` + number(seconds) + `(\\.0)?"`
	}
	return `le="` + number(seconds) + `"`
}

// rest is the share that an objective leaves, without what the subtraction of
// two decimal fractions adds.
func rest(objective float64) float64 { return math.Round((1-objective)*1e9) / 1e9 }

// relabel renames the label by which the rules are kept apart: in expressions,
// in the level that begins the name of a recorded series, and in templates.
func relabel(text, from, to string) string {
	if from == to {
		return text
	}
	for _, place := range []string{`(\((?:[a-z_]+, )*)%s((?:, [a-z_]+)*\))`, `(\$labels\.)%s( )`, `()%s(:[a-z_0-9]+:)`} {
		text = regexp.MustCompile(fmt.Sprintf(place, from)).ReplaceAllString(text, "${1}"+to+"${2}")
	}
	return text
}
