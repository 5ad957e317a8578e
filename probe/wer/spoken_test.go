package wer

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// speak says a number in full, with "and" before the last part where British
// speakers say it.
func speak(n int, and string) string {
	ones := strings.Fields("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
	tens := strings.Fields("- - twenty thirty forty fifty sixty seventy eighty ninety")
	for _, scale := range []struct {
		value int
		name  string
	}{{1e9, "billion"}, {1e6, "million"}, {1e3, "thousand"}, {100, "hundred"}} {
		if n < scale.value {
			continue
		}
		text := speak(n/scale.value, and) + " " + scale.name
		rest := n % scale.value
		switch {
		case rest == 0:
			return text
		case rest < 100 && and != "":
			return text + " " + and + " " + speak(rest, and)
		}
		return text + " " + speak(rest, and)
	}
	switch {
	case n < 20:
		return ones[n]
	case n%10 == 0:
		return tens[n/10]
	}
	return tens[n/10] + "-" + ones[n%10]
}

// speakDigits says digits one by one.
func speakDigits(digits, zero string) string {
	var words []string
	for _, d := range digits {
		if d == '0' {
			words = append(words, zero)
		} else {
			words = append(words, speak(int(d-'0'), ""))
		}
	}
	return strings.Join(words, " ")
}

func expectSame(t *testing.T, spoken, written string) {
	t.Helper()
	if got, want := strings.Join(Normalize(spoken, "en"), " "), strings.Join(Normalize(written, "en"), " "); got != want {
		t.Errorf("%q is %q, %q is %q", spoken, got, written, want)
	}
}

func TestCardinalsSpokenInFullAreTheirDigits(t *testing.T) {
	rng := rand.New(rand.NewPCG(19, 20))
	numbers := make([]int, 0, 2600)
	for n := range 1200 {
		numbers = append(numbers, n)
	}
	for _, limit := range []int{1e4, 1e5, 1e7, 1e12} {
		for range 300 {
			numbers = append(numbers, rng.IntN(limit))
		}
	}
	for _, n := range numbers {
		for _, and := range []string{"", "and"} {
			expectSame(t, "it is "+speak(n, and)+" you see", fmt.Sprintf("it is %d you see", n))
		}
	}
}

func TestDigitsOneByOneAreTheNumber(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 22))
	for range 400 {
		digits := strconv.Itoa(10 + rng.IntN(1e9))
		for _, zero := range []string{"zero", "oh", "o"} {
			if strings.HasSuffix(digits, "0") && zero != "zero" && len(digits) < 3 {
				continue // "five oh" alone is no number
			}
			expectSame(t, "code "+speakDigits(digits, zero)+" please", "Code "+digits+", please.")
			expectSame(t, strings.Join(strings.Split(digits, ""), ", "), digits)
			expectSame(t, strings.Join(strings.Split(digits, ""), "-"), digits)
		}
	}
}

func TestYearsInPairsAreTheirDigits(t *testing.T) {
	for year := 1100; year < 2100; year++ {
		first, second := year/100, year%100
		var spoken string
		switch {
		case second == 0 && first != 20:
			spoken = speak(first, "") + " hundred"
		case second == 0:
			spoken = "two thousand"
		case second < 10:
			spoken = speak(first, "") + " oh " + speak(second, "")
		default:
			spoken = speak(first, "") + " " + speak(second, "")
		}
		expectSame(t, "since "+spoken, fmt.Sprint("since ", year))
		expectSame(t, "on may fifth "+spoken, fmt.Sprintf("On May 5th, %d.", year))
	}
}

func TestEveryMinuteOfTheDayIsItsDigits(t *testing.T) {
	for hour := 1; hour <= 12; hour++ {
		for minute := range 60 {
			spoken := speak(hour, "")
			switch {
			case minute == 0:
			case minute < 10:
				spoken += " oh " + speak(minute, "")
			default:
				spoken += " " + speak(minute, "")
			}
			expectSame(t, "at "+spoken+" p m", fmt.Sprintf("At %d:%02d p.m.", hour, minute))
			expectSame(t, "at "+spoken+" a.m.", fmt.Sprintf("At %02d:%02dAM", hour, minute))
		}
	}
}

func TestPricesInWordsAreTheirDigits(t *testing.T) {
	for _, c := range []struct{ sign, major, minor string }{{"$", "dollars", "cents"}, {"€", "euros", "cents"}, {"£", "pounds", "pence"}} {
		for _, whole := range []int{2, 7, 19, 20, 45, 100, 105, 1234} {
			for _, part := range []int{1, 5, 10, 19, 50, 99} {
				written := fmt.Sprintf("it is %s%d.%02d today", c.sign, whole, part)
				expectSame(t, fmt.Sprintf("it is %s %s and %s %s today", speak(whole, "and"), c.major, speak(part, ""), c.minor), written)
				expectSame(t, fmt.Sprintf("it is %s %s %s %s today", speak(whole, ""), c.major, speak(part, ""), c.minor), written)
				if part >= 10 {
					expectSame(t, fmt.Sprintf("it is %s %s %s today", speak(whole, ""), c.major, speak(part, "")), written)
				}
			}
		}
	}
}

func TestOrdinalsInWordsAreTheirDigits(t *testing.T) {
	endings := strings.NewReplacer("one$", "first", "two$", "second", "three$", "third", "five$", "fifth", "eight$", "eighth",
		"nine$", "ninth", "twelve$", "twelfth", "y$", "ieth", "$", "th")
	for n := 1; n < 1300; n++ {
		spoken := endings.Replace(speak(n, "and") + "$")
		expectSame(t, "the "+spoken+" caller", "the "+ordinalText(strconv.Itoa(n))+" caller")
	}
}
