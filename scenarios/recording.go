package scenarios

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"callprobe/audio"
	"callprobe/audio/vad"
	"callprobe/internal/yamlfile"
	"callprobe/probe"
)

const (
	// maxUtterance bounds one recording, from its first sample to its last. All
	// of it is sent, so a minute of it is a minute of every call.
	maxUtterance = time.Minute
	// maxTextBytes bounds a reference text.
	maxTextBytes = 16 << 10
	// quietestLevel is the lowest active speech level that is played, in dBFS.
	// Speech in a call lies near -23 dBFS; 22 dB below that an agent's own
	// detector may not hear it, and the agent would be blamed.
	quietestLevel = -45.0
	// clippedRun is the number of samples at full scale in a row that no sound
	// but a clipped one has.
	clippedRun = 4
	// mostClipped is the share of a recording's samples that may lie in such
	// runs.
	mostClipped = 0.001
)

// recordings turns what a turn says into utterances. A recording that several
// turns play is decoded, measured and encoded once.
type recordings struct {
	// beside is the folder of the scenario file.
	beside fs.FS
	loaded map[recordingKey]probe.Utterance
	// files maps the name of an utterance to where it came from.
	files map[string]string
}

type recordingKey struct{ say, text string }

func newRecordings(beside fs.FS) *recordings {
	return &recordings{beside: beside, loaded: map[recordingKey]probe.Utterance{}, files: map[string]string{}}
}

// utterance loads the recording that say names: a file beside the scenario file
// when it has an extension, else a built-in one. It is not encoded yet.
func (r *recordings) utterance(say, text yamlfile.Field[string], p *yamlfile.Problems) probe.Utterance {
	key := recordingKey{say.Value, text.Value}
	if u, ok := r.loaded[key]; ok {
		return u
	}
	folder, file := r.beside, say.Value
	if path.Ext(file) == "" {
		folder, file = Utterances(), file+".mp3"
	}
	name := strings.TrimSuffix(path.Base(file), path.Ext(file))
	if other, taken := r.files[name]; taken && other != say.Value {
		p.Add(say.At, "%s and %s are both called %s in reports: rename one", yamlfile.Quote(other), yamlfile.Quote(say.Value), yamlfile.Quote(name))
	}
	r.files[name] = say.Value

	u := probe.Utterance{Name: name}
	clip, err := loadClip(folder, file)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrInvalid):
		p.Add(say.At, "%w", r.missing(say.Value))
	case err != nil:
		p.Add(say.At, "%w", err)
		r.reference(folder, file, text, say.At, p)
	default:
		u.Reference = r.reference(folder, file, text, say.At, p)
		u.Clip, u.Speech, err = measure(clip)
		if err != nil {
			p.Add(say.At, "recording %s %w", yamlfile.Quote(say.Value), err)
		}
	}
	r.loaded[key] = u
	return u
}

// loadClip reads a recording and bounds it before anything slow is done to it.
func loadClip(folder fs.FS, file string) (audio.Clip, error) {
	clip, err := audio.Load(folder, file)
	if err != nil {
		return audio.Clip{}, err
	}
	if clip.CutOff {
		return audio.Clip{}, fmt.Errorf("recording %s is cut off: its header promises more audio than the file holds: copy or record it again", yamlfile.Quote(file))
	}
	if d := clip.Duration(); d > maxUtterance {
		return audio.Clip{}, fmt.Errorf("recording %s lasts %v: cut it to %v or less", yamlfile.Quote(file), d.Round(time.Second/10), maxUtterance)
	}
	return clip, nil
}

// measure checks a recording and finds the speech in it, at 48 kHz. It never
// changes its level: a recording that an agent could not understand is an error,
// not a repair.
func measure(clip audio.Clip) (audio.Clip, audio.Span, error) {
	if err := checkLevel(clip); err != nil {
		return audio.Clip{}, audio.Span{}, err
	}
	clip, err := clip.Resample(audio.Rate48k)
	if err != nil {
		return audio.Clip{}, audio.Span{}, fmt.Errorf("cannot be played: %w", err)
	}
	speech, err := speechSpan(clip)
	return clip, speech, err
}

func checkLevel(clip audio.Clip) error {
	if share := clippedShare(clip.Samples); share > mostClipped {
		return fmt.Errorf("is clipped: %.1f %% of its samples are cut off at full scale: record it at a lower level", 100*share)
	}
	level := clip.ActiveLevelDBFS()
	if math.IsInf(level, -1) {
		return errors.New("is silent: every sample is zero")
	}
	if level < quietestLevel {
		return fmt.Errorf("is too quiet: its level is %.0f dBFS, bring it to about -23 dBFS", level)
	}
	return nil
}

// clippedShare is the share of samples that lie in runs at full scale.
func clippedShare(samples []int16) float64 {
	clipped, run := 0, 0
	for _, s := range samples {
		if s < 32767 && s > -32767 {
			run = 0
			continue
		}
		run++
		switch {
		case run == clippedRun:
			clipped += clippedRun
		case run > clippedRun:
			clipped++
		}
	}
	return float64(clipped) / float64(max(1, len(samples)))
}

const (
	// cleanSNR is the distance of speech from the noise before it, in dB, above
	// which a recording is clean: noise stays 10 dB below the 35 dB of the
	// definition of onset and offset.
	cleanSNR = 45.0
	// detectorSlack is how far the definition may move what the detector found.
	// Further away lies something else: a click, a breath.
	detectorSlack = 500 * time.Millisecond
)

// speechSpan is the first to the last sample of speech in a 48 kHz clip. The
// detector says where speech is; in a clean recording the definition of onset
// and offset then applies as it is, to the sample.
func speechSpan(clip audio.Clip) (audio.Span, error) {
	spurts, err := vad.Detect(clip)
	if err != nil {
		return audio.Span{}, fmt.Errorf("cannot be searched for speech: %w", err)
	}
	if len(spurts) == 0 {
		return audio.Span{}, errors.New("holds no speech: a caller must say something")
	}
	found := audio.Span{Start: spurts[0].Onset, End: spurts[len(spurts)-1].Offset}
	defined, ok := vad.SpeechByDefinition(clip)
	slack := audio.Pos(clip.Rate.Samples(detectorSlack))
	if ok && spurts[0].SNRDB() >= cleanSNR && near(defined.Start, found.Start, slack) && near(defined.End, found.End, slack) {
		return defined, nil
	}
	return found, nil
}

func near(a, b, slack audio.Pos) bool { return a-b <= slack && b-a <= slack }

// encode gives the utterances of a plan their packets. It is the slow part and
// comes last, when nothing else is wrong.
func encode(p probe.Plan) error {
	done := map[string]probe.Utterance{}
	for i, t := range p.Turns {
		if t.Silent() {
			continue
		}
		u, ok := done[t.Say.Name]
		if !ok {
			var err error
			if u, err = probe.NewUtterance(t.Say.Name, t.Say.Reference, t.Say.Clip, t.Say.Speech); err != nil {
				return err
			}
		}
		done[u.Name] = u
		// The same recording may be said with another text.
		u.Reference = t.Say.Reference
		p.Turns[i].Say = u
	}
	return nil
}

// reference is what is said: the text in the scenario file, else the file
// beside the recording with the same name and the extension .txt.
func (r *recordings) reference(folder fs.FS, file string, text yamlfile.Field[string], say yamlfile.Position, p *yamlfile.Problems) string {
	words, at, from := text.Value, text.At, `"text"`
	if !text.Set {
		beside := strings.TrimSuffix(file, path.Ext(file)) + ".txt"
		data, err := readLimited(folder, beside, maxTextBytes)
		if errors.Is(err, fs.ErrNotExist) {
			p.Add(say, `what is said in %s? Add "text" to the turn, or a file %s`, yamlfile.Quote(file), yamlfile.Quote(beside))
			return ""
		}
		if err != nil {
			p.Add(say, "%w", err)
			return ""
		}
		words, at, from = strings.TrimPrefix(string(data), "\ufeff"), say, yamlfile.Quote(beside)
	}
	words = strings.Join(strings.Fields(words), " ")
	switch {
	case !utf8.ValidString(words):
		p.Add(at, "%s is not UTF-8: save it as UTF-8", from)
	case !hasLetters(words):
		p.Add(at, "%s holds no word: write what is said", from)
	}
	return words
}

func hasLetters(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

// missing says which recordings there are when the wanted one is not.
func (r *recordings) missing(say string) error {
	if path.Ext(say) == "" {
		return fmt.Errorf(`no built-in recording %s (a file of your own needs its extension, as in "hello.mp3"): %s`,
			yamlfile.Quote(say), yamlfile.Hint(say, recordingNames(Utterances(), ".", "")))
	}
	here := recordingNames(r.beside, path.Dir(path.Clean(say)), path.Ext(say))
	if len(here) == 0 {
		return fmt.Errorf("no recording %s: its path is relative to the scenario file", yamlfile.Quote(say))
	}
	return fmt.Errorf("no recording %s beside the scenario file: %s", yamlfile.Quote(say), yamlfile.Hint(say, here))
}

// recordingNames lists the files of a folder with an extension as "say" would
// name them; an empty extension stands for built-in ones.
func recordingNames(folder fs.FS, dir, ext string) []string {
	entries, err := fs.ReadDir(folder, dir)
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		switch {
		case ext == "" && path.Ext(e.Name()) == ".mp3":
			names = append(names, strings.TrimSuffix(e.Name(), ".mp3"))
		case ext != "" && path.Ext(e.Name()) == ext:
			names = append(names, path.Join(dir, e.Name()))
		}
	}
	return names
}

// readLimited reads a small text file.
func readLimited(folder fs.FS, name string, limit int64) ([]byte, error) {
	f, err := folder.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", yamlfile.Quote(name), err)
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("read %s: %w", yamlfile.Quote(name), err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("read %s: it is larger than %d KiB", yamlfile.Quote(name), limit>>10)
	}
	return data, nil
}
