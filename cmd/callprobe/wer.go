package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"

	"github.com/alecthomas/kingpin/v2"

	"callprobe/probe/wer"
)

// maxPairLine bounds one line of a file of pairs, in bytes.
const maxPairLine = 4 << 20

// maxPairWords bounds a text, in words as they are compared: the time to align
// two grows with the product of their lengths.
const maxPairWords = 50_000

// languagePattern is what a language tag looks like (BCP 47, or with the
// underscore of locales). A name such as "english" would be taken for a language
// without rules of its own.
const languagePattern = `^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$`

type werCommand struct {
	reference, hypothesis, language, pairs string
	hasReference, hasHypothesis            bool
}

func (c *werCommand) register(cli *kingpin.Application) *kingpin.CmdClause {
	cmd := cli.Command("wer", "Score transcripts against what was said: one JSON object a pair, one a line.")
	cmd.Flag("reference", "What was said.").PlaceHolder("TEXT").IsSetByUser(&c.hasReference).StringVar(&c.reference)
	cmd.Flag("hypothesis", "What was understood.").PlaceHolder("TEXT").IsSetByUser(&c.hasHypothesis).StringVar(&c.hypothesis)
	cmd.Flag("language", `Language of the texts, as a tag such as en or de-AT. A pair's own "language" goes before it.`).Default("en").StringVar(&c.language)
	cmd.Flag("pairs", `File with one JSON object {"reference","hypothesis"} a line, instead of the two flags.`).PlaceHolder("FILE.jsonl").StringVar(&c.pairs)
	return cmd
}

func (c *werCommand) run(_ context.Context, s streams) (int, error) {
	out := bufio.NewWriter(s.out)
	if err := errors.Join(c.score(out), out.Flush()); err != nil {
		return exitUsage, err
	}
	return exitPassed, nil
}

func (c *werCommand) score(out io.Writer) error {
	if err := checkLanguage(c.language); err != nil {
		return fmt.Errorf("--language: %w", err)
	}
	enc := json.NewEncoder(out)
	if c.pairs == "" {
		switch {
		case c.reference == "" && c.hypothesis == "":
			return errors.New("nothing to score: give --reference and --hypothesis, or --pairs")
		case !c.hasReference || !c.hasHypothesis:
			return errors.New(`half a pair: give both --reference and --hypothesis, and "" for nothing`)
		}
		return encodeScore(enc, pair{&c.reference, &c.hypothesis, c.language})
	}
	if c.reference != "" || c.hypothesis != "" {
		return errors.New("--pairs holds the texts: leave out --reference and --hypothesis")
	}
	f, err := os.Open(c.pairs)
	if err != nil {
		return fmt.Errorf("read pairs: %w: name a file with %s on each line", err, pairExample)
	}
	defer func() { _ = f.Close() }()
	return c.scoreLines(f, enc)
}

// scoreLines scores a file line by line. Empty lines are passed over.
func (c *werCommand) scoreLines(f io.Reader, enc *json.Encoder) error {
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, maxPairLine)
	n := 0
	for lines.Scan() {
		n++
		text := bytes.TrimSpace(bytes.TrimPrefix(lines.Bytes(), []byte("\ufeff")))
		if len(text) == 0 {
			continue
		}
		p, err := readPair(text, c.language)
		if err == nil {
			err = encodeScore(enc, p)
		}
		if err != nil {
			return fmt.Errorf("%s:%d: %w", c.pairs, n, err)
		}
	}
	err := lines.Err()
	if errors.Is(err, bufio.ErrTooLong) {
		return fmt.Errorf("%s:%d: the line is longer than %d MB: split it into utterances", c.pairs, n+1, maxPairLine>>20)
	}
	if err != nil {
		return fmt.Errorf("%s:%d: read pairs: %w", c.pairs, n+1, err)
	}
	return nil
}

// pair is one line of a file of pairs. Other keys are the log's own.
type pair struct {
	Reference  *string `json:"reference"`
	Hypothesis *string `json:"hypothesis"`
	Language   string  `json:"language"`
}

const pairExample = `{"reference":"what was said","hypothesis":"what was understood"}`

func readPair(text []byte, language string) (pair, error) {
	p := pair{Language: language}
	if err := json.Unmarshal(text, &p); err != nil {
		return pair{}, fmt.Errorf("not a pair: %w: write %s", err, pairExample)
	}
	if p.Reference == nil || p.Hypothesis == nil {
		return pair{}, fmt.Errorf(`a pair needs both "reference" and "hypothesis": write %s, and "" for nothing`, pairExample)
	}
	if err := checkLanguage(p.Language); err != nil {
		return pair{}, fmt.Errorf(`"language": %w`, err)
	}
	return p, nil
}

func checkLanguage(tag string) error {
	if tag != "" && !regexp.MustCompile(languagePattern).MatchString(tag) {
		return fmt.Errorf("%q is no language tag: write one like en or de-AT", tag)
	}
	return nil
}

func encodeScore(enc *json.Encoder, p pair) error {
	for _, text := range []string{*p.Reference, *p.Hypothesis} {
		if words := len(wer.Normalize(text, p.Language)); words > maxPairWords {
			return fmt.Errorf("a text of %d words is too long: split it into utterances of at most %d", words, maxPairWords)
		}
	}
	return enc.Encode(wer.Compare(*p.Reference, *p.Hypothesis, p.Language))
}
