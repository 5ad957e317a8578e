package deploy

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Alert is one of the shipped alerts, as far as somebody must know it who raises
// it by hand.
type Alert struct {
	Name string
	// Labels are those that the rule sets: severity.
	Labels map[string]string
	// Annotations may hold templates: "{{ $labels.target }}".
	Annotations map[string]string
}

// Carried returns the names of the labels that an alert has from what it was
// raised for, in alphabetical order: target, and others that its annotations
// speak of.
func (a Alert) Carried() []string {
	var names []string
	for _, text := range a.Annotations {
		for _, m := range regexp.MustCompile(`\$labels\.(\w+)`).FindAllStringSubmatch(text, -1) {
			names = append(names, m[1])
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Annotation returns an annotation with labels in their places. It is for those
// without other templates, which addresses are.
func (a Alert) Annotation(name string, labels map[string]string) string {
	text := a.Annotations[name]
	for label, value := range labels {
		text = strings.ReplaceAll(text, "{{ $labels."+label+" | urlquery }}", url.QueryEscape(value))
	}
	return text
}

// Alerts returns the alerts in the order of the file.
func (r Rules) Alerts() ([]Alert, error) {
	text, err := r.Print()
	if err != nil {
		return nil, err
	}
	var alerts []Alert
	var into map[string]string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		indent := len(line) - len(strings.TrimLeft(line, " "))
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch {
		case key == "- alert":
			alerts = append(alerts, Alert{Name: value, Labels: map[string]string{}, Annotations: map[string]string{}})
			into = nil
		case len(alerts) == 0 || line == "":
		case indent == 8 && key == "labels:":
			into = alerts[len(alerts)-1].Labels
		case indent == 8 && key == "annotations:":
			into = alerts[len(alerts)-1].Annotations
		case indent == 10 && into != nil:
			if into[key], err = plain(value); err != nil {
				return nil, fmt.Errorf("read rules: %s of %s: %w", key, alerts[len(alerts)-1].Name, err)
			}
		default:
			into = nil
		}
	}
	return alerts, nil
}

// plain takes a value out of its quotes.
func plain(value string) (string, error) {
	if !strings.HasPrefix(value, `"`) {
		return value, nil
	}
	return strconv.Unquote(value)
}
