package probe_test

import "regexp"

func matches(expr string) *regexp.Regexp { return regexp.MustCompile(expr) }
