package drill

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"callprobe/internal/yamlfile"
)

// Configuration is what a drill must know of Alertmanager's.
type Configuration struct {
	// name is what it is called in sentences.
	name string
	root route
	// receivers are the integrations of each by its name.
	receivers map[string][]integration
}

// integration is one way in which a receiver is told: "pagerduty".
type integration struct {
	name string
	// tellsEnd is whether it is told that an alert is over, too.
	tellsEnd bool
}

// route is one of the tree of routes, with what it inherited.
type route struct {
	matchers                      []matcher
	receiver                      string
	groupBy                       []string
	wait, interval, repeat        time.Duration
	goesOn                        bool
	mutedDuring, activeOnlyDuring []string
	routes                        []route
}

// What Alertmanager does where a configuration does not say.
const (
	defaultGroupWait      = 30 * time.Second
	defaultGroupInterval  = 5 * time.Minute
	defaultRepeatInterval = 4 * time.Hour
)

// ParseConfiguration reads a configuration of Alertmanager. The name is for
// errors.
func ParseConfiguration(name, text string) (Configuration, error) {
	problems := yamlfile.NewProblems(name)
	outline := yamlfile.Format{Noun: "configuration", Needs: "route"}.Outline([]byte(text), problems)
	if err := problems.Err(); err != nil {
		return Configuration{}, err
	}
	top, _ := outline.(map[string]any)
	tree, ok := top["route"].(map[string]any)
	if !ok {
		return Configuration{}, fmt.Errorf("%s: it has no \"route\": is it a configuration of Alertmanager?", name)
	}
	c := Configuration{name: name, receivers: map[string][]integration{}}
	root, err := parseRoute(tree, route{wait: defaultGroupWait, interval: defaultGroupInterval, repeat: defaultRepeatInterval})
	if err != nil {
		return Configuration{}, fmt.Errorf("%s: %w", name, err)
	}
	c.root = root
	for _, entry := range list(top["receivers"]) {
		receiver, _ := entry.(map[string]any)
		c.receivers[textOf(receiver["name"])] = parseIntegrations(receiver)
	}
	return c, nil
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

func textOf(v any) string {
	s, _ := v.(string)
	return s
}

func texts(v any) []string {
	var all []string
	for _, entry := range list(v) {
		all = append(all, textOf(entry))
	}
	return all
}

// parseRoute reads a route. What it does not say it has from its parent.
func parseRoute(entry map[string]any, parent route) (route, error) {
	r := parent
	r.matchers, r.routes, r.mutedDuring, r.activeOnlyDuring = nil, nil, texts(entry["mute_time_intervals"]), texts(entry["active_time_intervals"])
	r.goesOn = textOf(entry["continue"]) == "true"
	if name := textOf(entry["receiver"]); name != "" {
		r.receiver = name
	}
	if by, given := entry["group_by"]; given {
		r.groupBy = texts(by)
	}
	for key, into := range map[string]*time.Duration{"group_wait": &r.wait, "group_interval": &r.interval, "repeat_interval": &r.repeat} {
		if text := textOf(entry[key]); text != "" {
			d, err := model.ParseDuration(text)
			if err != nil {
				return route{}, fmt.Errorf("read %s: %w", key, err)
			}
			*into = time.Duration(d)
		}
	}
	var err error
	if r.matchers, err = routeMatchers(entry); err != nil {
		return route{}, err
	}
	for _, child := range list(entry["routes"]) {
		values, _ := child.(map[string]any)
		c, err := parseRoute(values, r)
		if err != nil {
			return route{}, err
		}
		r.routes = append(r.routes, c)
	}
	return r, nil
}

// routeMatchers reads the conditions of a route in all three spellings.
func routeMatchers(entry map[string]any) ([]matcher, error) {
	var all []matcher
	for _, old := range []struct{ key, op string }{{"match", "="}, {"match_re", "=~"}} {
		labels, _ := entry[old.key].(map[string]any)
		for _, label := range slices.Sorted(maps.Keys(labels)) {
			m, err := newMatcher(label, old.op, textOf(labels[label]))
			if err != nil {
				return nil, err
			}
			all = append(all, m)
		}
	}
	for _, text := range texts(entry["matchers"]) {
		more, err := parseMatchers(text)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

// parseIntegrations reads the ways in which a receiver is told. An integration
// is called in Alertmanager's metrics as its key begins.
func parseIntegrations(receiver map[string]any) []integration {
	var all []integration
	for _, key := range slices.Sorted(maps.Keys(receiver)) {
		name, found := strings.CutSuffix(key, "_configs")
		if !found {
			continue
		}
		for _, entry := range list(receiver[key]) {
			values, _ := entry.(map[string]any)
			all = append(all, integration{name: name, tellsEnd: textOf(values["send_resolved"]) == "true"})
		}
	}
	return all
}

// way is where an alert goes and by which conditions.
type way struct {
	route
	by []matcher
}

// ways walks the tree of routes as Alertmanager does: the deepest route that
// takes the alert gets it, and the search ends there unless that says continue.
func (c Configuration) ways(labels map[string]string) []way { return c.root.ways(labels, nil) }

func (r route) ways(labels map[string]string, by []matcher) []way {
	for _, m := range r.matchers {
		if !m.matches(labels) {
			return nil
		}
	}
	by = slices.Concat(by, r.matchers)
	var found []way
	for _, child := range r.routes {
		below := child.ways(labels, by)
		found = append(found, below...)
		if len(below) > 0 && !child.goesOn {
			break
		}
	}
	if len(found) == 0 {
		found = []way{{route: r, by: by}}
	}
	return found
}
