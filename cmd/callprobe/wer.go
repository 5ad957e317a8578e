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

	"github.com/alecthomas/kingpin/v2"

	"callprobe/probe/wer"
)

// maxPairLine bounds one line of a file of pairs, in bytes.
const maxPairLine = 4 << 20

// maxPairWords bounds a text: the time to align two grows with the product of
// their lengths.
const maxPairWords = 50_000

type werCommand struct {
	reference, hypothesis, language, pairs string
}

func (c *werCommand) register(cli *kingpin.Application) *kingpin.CmdClause {
	cmd := cli.Command("wer", "Score transcripts against what was said: one JSON object a pair, one a line.")
	cmd.Flag("reference", "What was said.").PlaceHolder("TEXT").StringVar(&c.reference)
	cmd.Flag("hypothesis", "What was understood.").PlaceHolder("TEXT").StringVar(&c.hypothesis)
	cmd.Flag("language", "Language of the texts, as a BCP 47 tag.").Default("en").StringVar(&c.language)
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
	enc := json.NewEncoder(out)
	if c.pairs == "" {
		if c.reference == "" && c.hypothesis == "" {
			return errors.New("nothing to score: give --reference and --hypothesis, or --pairs")
		}
		return enc.Encode(wer.Compare(c.reference, c.hypothesis, c.language))
	}
	if c.reference != "" || c.hypothesis != "" {
		return errors.New("--pairs holds the texts: leave out --reference and --hypothesis")
	}
	f, err := os.Open(c.pairs)
	if err != nil {
		return fmt.Errorf("open pairs: %w", err)
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
		text := bytes.TrimSpace(lines.Bytes())
		if len(text) == 0 {
			continue
		}
		pair, err := readPair(text)
		if err != nil {
			return fmt.Errorf("%s:%d: %w", c.pairs, n, err)
		}
		if err := enc.Encode(wer.Compare(*pair.Reference, *pair.Hypothesis, c.language)); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s:%d: %w (a line may have %d MB)", c.pairs, n+1, err, maxPairLine>>20)
	}
	return nil
}

type pair struct {
	Reference  *string `json:"reference"`
	Hypothesis *string `json:"hypothesis"`
}

func readPair(text []byte) (pair, error) {
	var p pair
	if err := json.Unmarshal(text, &p); err != nil {
		return pair{}, fmt.Errorf("not a JSON object: %w", err)
	}
	if p.Reference == nil || p.Hypothesis == nil {
		return pair{}, errors.New(`a pair needs both "reference" and "hypothesis"`)
	}
	for _, s := range []string{*p.Reference, *p.Hypothesis} {
		if words := len(bytes.Fields([]byte(s))); words > maxPairWords {
			return pair{}, fmt.Errorf("a text of %d words is too long: split it into utterances of at most %d", words, maxPairWords)
		}
	}
	return p, nil
}
