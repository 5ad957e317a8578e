package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"

	"github.com/alecthomas/kingpin/v2"

	"callprobe/audio"
	"callprobe/audio/vad"
	"callprobe/internal/vadplot"
)

const outputCSV = "csv"

type vadCommand struct {
	files  []string
	output string
	plot   string
}

func (c *vadCommand) register(cli *kingpin.Application) *kingpin.CmdClause {
	cmd := cli.Command("vad", "Find the talkspurts in WAV and mp3 files, to the sample.")
	cmd.Arg("file", "WAV or mp3 file.").Required().StringsVar(&c.files)
	oneOf(cmd.Flag("output", "What to print on stdout: text, csv (one row a talkspurt) or json (one object a file and line).").Default(outputText), &c.output, outputText, outputCSV, outputJSON)
	cmd.Flag("plot", "Draw the waveform of the file, its talkspurts, and each onset and offset magnified with its uncertainty, as a PNG.").PlaceHolder("FILE.png").StringVar(&c.plot)
	return cmd
}

// fileTalk is the talkspurts of one file, at its own sample rate.
type fileTalk struct {
	File       string      `json:"file"`
	Rate       audio.Rate  `json:"rate_hz"`
	Talkspurts []talkspurt `json:"talkspurts"`
}

type talkspurt struct {
	Onset  audio.Pos `json:"onset_sample"`
	Offset audio.Pos `json:"offset_sample"`
	Level  float64   `json:"level_dbfs"`
	// SNR is missing where nothing at all was heard before the speech.
	SNR *float64 `json:"snr_db,omitempty"`
}

// run goes through all files, also past one that cannot be read.
func (c *vadCommand) run(_ context.Context, s streams) (int, error) {
	if c.plot != "" && len(c.files) > 1 {
		return exitUsage, fmt.Errorf("--plot=%s draws one file: %d are named", c.plot, len(c.files))
	}
	show := c.printer(s.out)
	var errs []error
	for _, file := range c.files {
		talk, err := c.detect(file)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if err := show(talk); err != nil {
			return exitUsage, fmt.Errorf("print talkspurts: %w", err)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return exitUsage, err
	}
	return exitPassed, nil
}

func (c *vadCommand) detect(file string) (fileTalk, error) {
	clip, err := audio.LoadFile(file)
	if err != nil {
		return fileTalk{}, err
	}
	found, err := vad.Detect(clip)
	if err != nil {
		return fileTalk{}, fmt.Errorf("%s: %w", file, err)
	}
	if c.plot != "" {
		if err := c.draw(file, clip, found); err != nil {
			return fileTalk{}, err
		}
	}
	talk := fileTalk{File: file, Rate: clip.Rate, Talkspurts: []talkspurt{}}
	for _, t := range found {
		row := talkspurt{Onset: t.Onset, Offset: t.Offset, Level: t.LevelDBFS}
		if snr := t.SNRDB(); !math.IsInf(snr, 0) && !math.IsNaN(snr) {
			row.SNR = &snr
		}
		talk.Talkspurts = append(talk.Talkspurts, row)
	}
	return talk, nil
}

// draw writes the picture, or nothing: half a picture is of no use.
func (c *vadCommand) draw(file string, clip audio.Clip, found []vad.Talkspurt) error {
	var picture bytes.Buffer
	if err := vadplot.Write(&picture, filepath.Base(file), clip, found); err != nil {
		return err
	}
	if err := os.WriteFile(c.plot, picture.Bytes(), 0o644); err != nil { //nolint:gosec // Anybody may look at it.
		return fmt.Errorf("--plot: %w", err)
	}
	return nil
}

func (c *vadCommand) printer(w io.Writer) func(fileTalk) error {
	switch c.output {
	case outputJSON:
		enc := json.NewEncoder(w)
		return func(t fileTalk) error { return enc.Encode(t) }
	case outputCSV:
		return csvPrinter(w)
	}
	return func(t fileTalk) error { return printTalk(w, t) }
}

// csvPrinter writes the header before the first file.
func csvPrinter(w io.Writer) func(fileTalk) error {
	out := csv.NewWriter(w)
	first := true
	return func(t fileTalk) error {
		rows := [][]string{}
		if first {
			rows = append(rows, []string{"file", "rate_hz", "onset_sample", "offset_sample", "level_dbfs", "snr_db"})
			first = false
		}
		for _, s := range t.Talkspurts {
			rows = append(rows, []string{
				t.File, strconv.Itoa(int(t.Rate)),
				strconv.FormatInt(int64(s.Onset), 10), strconv.FormatInt(int64(s.Offset), 10),
				strconv.FormatFloat(s.Level, 'f', 1, 64), decibels(s.SNR),
			})
		}
		return out.WriteAll(rows)
	}
}

// decibels is empty where there is no figure.
func decibels(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'f', 1, 64)
}

func printTalk(w io.Writer, t fileTalk) error {
	noun := "talkspurts"
	if len(t.Talkspurts) == 1 {
		noun = "talkspurt"
	}
	if _, err := fmt.Fprintf(w, "%s, %d Hz: %d %s\n", t.File, t.Rate, len(t.Talkspurts), noun); err != nil {
		return err
	}
	for _, s := range t.Talkspurts {
		snr := "in digital silence"
		if s.SNR != nil {
			snr = fmt.Sprintf("%.1f dB above the noise", *s.SNR)
		}
		at := func(p audio.Pos) float64 { return t.Rate.Duration(int64(p)).Seconds() }
		if _, err := fmt.Fprintf(w, "  %9.4f s to %9.4f s  %6.1f dBFS, %s\n", at(s.Onset), at(s.Offset), s.Level, snr); err != nil {
			return err
		}
	}
	return nil
}
