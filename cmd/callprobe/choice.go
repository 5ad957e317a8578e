package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kingpin/v2"
)

// choice is the value of a flag or an argument that is one of a few words.
// Kingpin's own keeps the words to itself, and completion needs them.
type choice struct {
	// asked is what stands before the word in an error.
	asked  string
	words  []string
	target *string
}

// oneOf makes a flag take one of words.
func oneOf(flag *kingpin.FlagClause, target *string, words ...string) {
	flag.SetValue(choice{"--" + flag.Model().Name + "=", words, target})
}

func (c choice) String() string { return *c.target }

// Set takes a word of the command line.
func (c choice) Set(word string) error {
	if !slices.Contains(c.words, word) {
		return fmt.Errorf("%s%s: want one of %s", c.asked, word, strings.Join(c.words, ", "))
	}
	*c.target = word
	return nil
}
