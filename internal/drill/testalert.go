package drill

import (
	"fmt"
	"maps"
	"strings"
	"time"
)

// The labels that mark an alert as a drill. Each drill has a value of its own of
// the second, so that one does not pass for the repetition of another.
const (
	labelDrill = "drill"
	labelRun   = "drill_run"
)

// summaryPrefix begins the summary of a drill. There is no colon with a space in
// it: in details of a page it would be read as YAML.
const summaryPrefix = "DRILL, nothing is wrong – "

// runName is the value of labelRun of a drill that begins now.
func runName(now time.Time) string { return now.UTC().Format("20060102T150405.000Z") }

// newTest makes the alert that is sent. It ends by itself, should nobody be left
// to end it.
func newTest(o Options, now, ends time.Time) posted {
	labels := maps.Clone(o.Alert.Labels)
	labels["alertname"] = o.Alert.Name
	for _, name := range o.Alert.Carried() {
		labels[name] = "drill"
	}
	about := "callprobe"
	if _, has := labels[o.TargetLabel]; has {
		labels[o.TargetLabel], about = o.Target, o.Target
	}
	labels[labelDrill], labels[labelRun] = "true", runName(now)
	sender := ""
	if o.Sender != "" {
		sender = " of " + o.Sender
	}
	annotations := map[string]string{
		"summary":     summaryPrefix + o.Alert.Annotations["summary"],
		"description": fmt.Sprintf("DRILL, nothing is wrong. A fire drill%s tests whether this alert about %s reaches you. See that the links work, and acknowledge; it resolves by itself.", sender, about),
	}
	for name := range o.Alert.Annotations {
		if strings.HasSuffix(name, "_url") {
			annotations[name] = o.Alert.Annotation(name, labels)
		}
	}
	return posted{Labels: labels, Annotations: annotations, StartsAt: now, EndsAt: ends}
}
