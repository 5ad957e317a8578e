package wer

import (
	"bufio"
	"os"
	"slices"
	"strings"
	"testing"
)

// pairsIn reads the lines "one | other" of a file.
func pairsIn(t *testing.T, name string) [][2]string {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var pairs [][2]string
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "# ") || strings.HasPrefix(line, "## ") {
			continue
		}
		one, other, found := strings.Cut(line, " | ")
		if !found {
			t.Fatalf("%s:%d: want two texts around \" | \", got %q", name, n, line)
		}
		pairs = append(pairs, [2]string{one, other})
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return pairs
}

func TestPairsThatSayTheSameScoreZero(t *testing.T) {
	pairs := pairsIn(t, "testdata/same.txt")
	if len(pairs) < 120 {
		t.Errorf("%d pairs, want at least 120", len(pairs))
	}
	for _, p := range pairs {
		got := Compare(p[0], p[1], "en")
		back := Compare(p[1], p[0], "en")
		if got.Errors() != 0 || got.Characters.Errors != 0 || back.Errors() != 0 || got.Reference() == 0 {
			t.Errorf("%q | %q:\n\t%q\n\t%q", p[0], p[1], Normalize(p[0], "en"), Normalize(p[1], "en"))
		}
	}
}

func TestPairsThatDifferInMeaningDoNotScoreZero(t *testing.T) {
	pairs := pairsIn(t, "testdata/different.txt")
	if len(pairs) < 60 {
		t.Errorf("%d pairs, want at least 60", len(pairs))
	}
	for _, p := range pairs {
		if got := Compare(p[0], p[1], "en-US"); got.Errors() == 0 {
			t.Errorf("%q | %q: both are %q", p[0], p[1], Normalize(p[0], "en"))
		}
	}
}

func TestNormalizingAgainChangesNothing(t *testing.T) {
	for _, name := range []string{"testdata/same.txt", "testdata/different.txt"} {
		for _, p := range pairsIn(t, name) {
			for _, text := range p {
				once := Normalize(text, "en")
				if again := Normalize(strings.Join(once, " "), "en"); !slices.Equal(once, again) {
					t.Errorf("%q: %q, then %q", text, once, again)
				}
			}
		}
	}
}

func FuzzNormalize(f *testing.F) {
	for _, seed := range []string{
		"Order No. 4711, please!", "two and a half million", "$5.99 and 3:30 p.m.", "uh-huh, I'd've 1/2", "我有iPhone手机 4711",
		"St. Dr. 6'2\" -5 km/h", "double oh seven point oh", "may fifth twenty twenty four", "(laughter) [noise] <unk>", "½2½ ٣٤ ﬁ ſ İ ẞ",
		"15 oh wait 4 7 1 oh thousand", "version 1.2.3 point 5", "may 15 2024 dollars 3 30 am", "double 15 triple oh", "1 5 0 0 0 trillion",
		"a hundred and one hundredth", "5 dollars 20 cents 30", "quarter to twelve o clock p m", "e.g. u.s.a. info@a.co.uk", "ᏲᏺN",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, language := range []string{"en", "", "tr", "ar", "zh"} {
			once := Normalize(text, language)
			if again := Normalize(strings.Join(once, " "), language); !slices.Equal(once, again) {
				t.Errorf("language %q, %q: %q, then %q", language, text, once, again)
			}
			for _, w := range once {
				if w == "" || strings.ContainsAny(w, " \t\n") {
					t.Errorf("language %q, %q: %q is not a word", language, text, w)
				}
			}
			if !ContainsPhrase(text, text, language) {
				t.Errorf("language %q: %q does not contain itself", language, text)
			}
		}
	})
}
