package main

import (
	"slices"
	"strings"
	"testing"
)

func TestClassify(t *testing.T) {
	const (
		bsd    = "Redistributions of source code must retain the above copyright\n notice, this list"
		mit    = "Permission is hereby granted, free of charge, to any person obtaining a copy"
		apache = "Apache License\nVersion 2.0, January 2004\n3. Grant of Patent License."
	)
	tests := []struct{ name, text, want string }{
		{"MIT", mit, "MIT"},
		{"BSD with a clause on names", bsd + "\nNeither the name of Acme", "BSD-3-Clause"},
		{"BSD without it", bsd, "BSD-2-Clause"},
		{"Apache", apache, "Apache-2.0"},
		{"two licences in one file", apache + "\n" + mit, "Apache-2.0 AND MIT"},
		{"a notice", "Acme Project\nCopyright 2020 Acme", "NOTICE"},
		{"an unknown licence is not guessed", strings.Repeat("You may not look at this. ", 200), ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := classify(test.text).id; got != test.want {
				t.Errorf("classify = %q, want %q", got, test.want)
			}
		})
	}
}

func TestHoldersAreCopyrightLines(t *testing.T) {
	got := holders("MIT License\n\nCopyright (c) 2020 A. Person\n// Copyright 2021 B <b@example.org>\nCopyright [yyyy] [name]\nthe above copyright notice\nCopyright © 2022 C\n")
	want := []string{"Copyright (c) 2020 A. Person", "Copyright 2021 B <b@example.org>", "Copyright © 2022 C"}
	if !slices.Equal(got, want) {
		t.Errorf("holders = %q, want %q", got, want)
	}
}

func TestEachTextStandsOnce(t *testing.T) {
	file := func(holder string) licence {
		return classify("Copyright (c) 2020 " + holder + "\nPermission is hereby granted, free of charge, to any person obtaining a copy\n")
	}
	got := render([]component{
		{name: "a", version: "v1", files: []licence{file("A | Co")}},
		{name: "b", version: "v2", files: []licence{file("B")}},
	})
	for _, want := range []string{"| a | v1 | MIT | Copyright (c) 2020 A \\| Co |\n", "### MIT\n\na, b\n", "Xiph.Org, Skype Limited"} {
		if !strings.Contains(got, want) {
			t.Errorf("the notices lack %q:\n%s", want, got)
		}
	}
	if n := strings.Count(got, "Permission is hereby granted"); n != 1 {
		t.Errorf("the text of the licence stands %d times, want once", n)
	}
}
