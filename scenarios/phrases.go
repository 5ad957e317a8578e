package scenarios

import (
	"callprobe/internal/yamlfile"
	"callprobe/probe"
	"callprobe/probe/wer"
)

// maxPhrases bounds the key phrases of a turn.
const maxPhrases = 20

// words checks the texts of a turn as they are compared, after normalization,
// and adds the key phrases to it. A phrase that is not in the text could never
// be understood.
func (b *builder) words(t turn, out *probe.Turn) {
	text := out.Say.Reference
	if hasLetters(text) && len(wer.Normalize(text, b.spoken)) == 0 {
		at := t.Text.At
		if !t.Text.Set {
			at = t.Say.At
		}
		b.Add(at, "what is said holds no word that is compared (%s): hesitations do not count", yamlfile.Quote(text))
		return
	}
	if len(t.STT.Phrases) > maxPhrases {
		b.Add(t.STT.Phrases[maxPhrases].At, `"phrases" has %d entries: a turn has %d key phrases at most`, len(t.STT.Phrases), maxPhrases)
		return
	}
	for _, p := range t.STT.Phrases {
		switch {
		case !p.Set:
		case len(wer.Normalize(p.Value, b.spoken)) == 0:
			b.Add(p.At, "key phrase %s holds no word that is compared", yamlfile.Quote(p.Value))
		case text != "" && !wer.ContainsPhrase(text, p.Value, b.spoken):
			b.Add(p.At, "key phrase %s is not in what is said, %s: use its words, side by side, and whole numbers", yamlfile.Quote(p.Value), yamlfile.Quote(text))
		default:
			out.STT.Phrases = append(out.STT.Phrases, p.Value)
		}
	}
}
