package wer

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// pieces are what the normalizer has rules for; put together at random they
// meet in ways that no list of examples foresees.
const pieces = `oh o zero one two five nine ten twelve fifteen twenty thirty ninety nineties hundred
thousand million billions hundredth thousandth first second third fifth twentieth twenties a an and
the half quarter quarters halves thirds to past of until minutes seconds double triple point dot
minus negative 0 00 1 2 5 7 12 30 99 100 2024 1,234 1.5 0.99 .5 1.2.3 21st 2nd 13th 90s 1990s 3:30
3:00 12:00 1/2 3/4 2/3 24/7 5-10 555-1234 6'2" $ £ € ¢ % ° & + # @ $5 $5.00 $0.99 $2.5m 5k dollars
cents pounds pence euros percent per cent km kg mm ft mph sec second min hr square degrees c f am pm
p.m. a.m. p m oclock o'clock jan may march december um uh uh-huh uh-uh mm hmm er er, the ER i b m
e mail e-mail re- non anti co-op st St. Dr. dr mr. Gen. No. no wi fi colour realise travelled centre
won't can't it's john's I'd've y'all 'em goin dont u.s.a. info@a.com www.x.org bucks p ² ½ 我 4G b2b`

func TestNormalizingRandomPhrasesAgainChangesNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	vocabulary := strings.Fields(pieces)
	for range 4000 {
		words := make([]string, 1+rng.IntN(9))
		for i := range words {
			words[i] = vocabulary[rng.IntN(len(vocabulary))]
		}
		separators := [...]string{" ", " ", " ", ", ", "-", ""}
		text := strings.Join(words, separators[rng.IntN(len(separators))])
		once := Normalize(text, "en")
		if again := Normalize(strings.Join(once, " "), "en"); !slices.Equal(once, again) {
			t.Errorf("%q: %q, then %q", text, once, again)
		}
	}
}
