package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// component is something that is linked, with its licence files.
type component struct {
	name, version string
	files         []licence
}

// licence is a licence or notice file.
type licence struct {
	id      string // SPDX, "" when it was not recognized
	holders []string
	text    string
}

// read finds and recognizes the licence files of a module.
func read(m module) (component, error) {
	c := component{name: m.path, version: m.version}
	entries, err := os.ReadDir(m.dir)
	if err != nil {
		return c, fmt.Errorf("read module %s: %w", m.path, err)
	}
	for _, e := range entries {
		if e.IsDir() || !licenceName().MatchString(e.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(m.dir, e.Name()))
		if err != nil {
			return c, fmt.Errorf("read module %s: %w", m.path, err)
		}
		c.files = append(c.files, classify(string(text)))
	}
	more, err := known(m)
	if err != nil {
		return c, fmt.Errorf("read module %s: %w", m.path, err)
	}
	c.files = append(c.files, more...)
	switch {
	case len(c.files) == 0:
		return c, fmt.Errorf("read module %s %s: it has no licence file in %s: find its licence and add it to known()", m.path, m.version, m.dir)
	case slices.ContainsFunc(c.files, func(l licence) bool { return l.id == "" }):
		return c, fmt.Errorf("read module %s %s: a licence file in %s is of no kind that is known here: read it, then teach classify()", m.path, m.version, m.dir)
	}
	return c, nil
}

// known returns what a module's own licence file does not say.
func known(m module) ([]licence, error) {
	if strings.HasPrefix(m.path, "buf.build/gen/go/bufbuild/protovalidate/") {
		// Generated from the schemas of github.com/bufbuild/protovalidate,
		// which are under this licence; the generated module carries no file.
		return []licence{{id: "Apache-2.0"}}, nil
	}
	if m.path == "github.com/golang/freetype" {
		// Its licence file offers the choice of two and says where they are;
		// the FreeType licence asks for this line of credit.
		text, err := os.ReadFile(filepath.Join(m.dir, "licenses", "ftl.txt"))
		const credit = "Portions of this software are copyright (c) 2006 The FreeType Project (www.freetype.org). All rights reserved."
		return []licence{{id: "FTL", holders: []string{credit}, text: strings.ToValidUTF8(string(text), "(c)")}}, err
	}
	return nil, nil
}

func licenceName() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents|unlicense)([.-].*)?$`)
}

// classify recognizes a licence by sentences that only it has.
func classify(text string) licence {
	flat := strings.Join(strings.Fields(text), " ")
	has := func(s string) bool { return strings.Contains(flat, s) }
	var ids []string
	if has("Apache License") && has("Version 2.0") && has("Grant of Patent License") {
		ids = append(ids, "Apache-2.0")
	}
	if has("Permission is hereby granted, free of charge, to any person obtaining a copy") {
		ids = append(ids, "MIT")
	}
	if has("Redistributions of source code must retain the above copyright notice") {
		if has("Neither the name") || has("may not be used to endorse") {
			ids = append(ids, "BSD-3-Clause")
		} else {
			ids = append(ids, "BSD-2-Clause")
		}
	}
	if has("Permission to use, copy, modify, and/or distribute this software for any purpose") || has("Permission to use, copy, modify, and distribute this software for any purpose") {
		ids = append(ids, "ISC")
	}
	if has("CC0 1.0 Universal") {
		ids = append(ids, "CC0-1.0")
	}
	if len(ids) == 0 {
		switch {
		case has("subject to your choice of exactly one of the following two licenses: * The FreeType License"):
			ids = append(ids, "NOTICE")
		case has("Additional IP Rights Grant (Patents)"):
			ids = append(ids, "patent grant")
		case has("licensed under the Apache License, Version 2.0") || has("Licensed under the Apache License, Version 2.0"):
			ids = append(ids, "Apache-2.0")
		case len(flat) < 4000 && (has("Copyright") || has("This product includes software")):
			ids = append(ids, "NOTICE")
		}
	}
	return licence{id: strings.Join(ids, " AND "), holders: holders(text), text: text}
}

// holders returns the copyright lines of a licence.
func holders(text string) []string {
	line := regexp.MustCompile(`(?i)^\W*copyright\s+(\(c\)|©|[0-9]{4}).*`)
	var found []string
	for l := range strings.Lines(text) {
		l = strings.Trim(l, " \t\r\n*/#")
		if line.MatchString(l) && !strings.Contains(l, "[yyyy]") && !strings.Contains(l, "{yyyy}") && !slices.Contains(found, l) {
			found = append(found, l)
		}
	}
	return found
}

// id returns the component's licences in SPDX terms.
func (c component) id() string {
	var ids []string
	for _, l := range c.files {
		for id := range strings.SplitSeq(l.id, " AND ") {
			if id != "NOTICE" && id != "patent grant" && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return strings.Join(ids, " AND ")
}
