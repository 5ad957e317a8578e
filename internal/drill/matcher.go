package drill

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// matcher is a condition on one label, as Alertmanager's routes have them.
type matcher struct {
	label, op, value string
	pattern          *regexp.Regexp
}

func newMatcher(label, op, value string) (matcher, error) {
	m := matcher{label: label, op: op, value: value}
	if op == "=~" || op == "!~" {
		p, err := regexp.Compile("^(?:" + value + ")$")
		if err != nil {
			return matcher{}, fmt.Errorf("read matcher of %s: %w", label, err)
		}
		m.pattern = p
	}
	return m, nil
}

// matches looks at an alert's labels. One that is not there is an empty text.
func (m matcher) matches(labels map[string]string) bool {
	value := labels[m.label]
	switch m.op {
	case "=":
		return value == m.value
	case "!=":
		return value != m.value
	case "=~":
		return m.pattern.MatchString(value)
	}
	return !m.pattern.MatchString(value)
}

// String writes a matcher as people do.
func (m matcher) String() string {
	value := m.value
	if !regexp.MustCompile(`^\w+$`).MatchString(value) {
		value = `"` + value + `"`
	}
	return m.label + " " + m.op + " " + value
}

// matcherPattern is one condition at the start of a text: a name with or without
// quotes, an operator, and a value with or without quotes.
const matcherPattern = `^\s*("(?:[^"\\]|\\.)*"|[^\s"=!~{},]+)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|[^",{}]*)\s*(,|$)`

// parseMatchers reads one entry of a list of matchers: one condition, or several
// between commas, with or without braces.
func parseMatchers(text string) ([]matcher, error) {
	rest := strings.TrimSpace(text)
	if strings.HasPrefix(rest, "{") && strings.HasSuffix(rest, "}") {
		rest = rest[1 : len(rest)-1]
	}
	pattern := regexp.MustCompile(matcherPattern)
	var all []matcher
	for strings.TrimSpace(rest) != "" {
		part := pattern.FindStringSubmatch(rest)
		if part == nil {
			return nil, fmt.Errorf("read matcher %q: it is not of the form label = value", text)
		}
		m, err := newMatcher(unquoted(part[1]), part[2], unquoted(part[3]))
		if err != nil {
			return nil, err
		}
		all = append(all, m)
		rest = rest[len(part[0]):]
	}
	return all, nil
}

// unquoted takes a text out of its quotes, if it has any.
func unquoted(text string) string {
	if plain, err := strconv.Unquote(text); err == nil {
		return plain
	}
	return strings.TrimSpace(text)
}
