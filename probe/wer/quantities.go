package wer

import (
	"strconv"
	"strings"
)

// quantityReader writes amounts with their units: money, measures, times of
// day, fractions and dates. Every amount precedes its unit, as it is spoken.
type quantityReader struct {
	words []string
	out   []string
}

func readQuantities(words []string) []string {
	q := quantityReader{words: words, out: make([]string, 0, len(words))}
	for i := 0; i < len(words); {
		read := false
		for _, reader := range [...]func(int) int{q.signedMoney, q.oneAndCents, q.clockWords, q.clock, q.mixedFraction, q.ordinalDay, q.amount} {
			if next := reader(i); next > i {
				i, read = next, true
				break
			}
		}
		if !read {
			if words[i] == "x" && isNumeric(q.previous()) && isNumeric(q.word(i+1)) {
				words[i] = "by"
			}
			q.emit(words[i])
			i++
		}
	}
	return q.out
}

func (q *quantityReader) emit(words ...string) { q.out = append(q.out, words...) }

func (q *quantityReader) word(i int) string {
	if i < 0 || i >= len(q.words) {
		return ""
	}
	return q.words[i]
}

func (q *quantityReader) previous() string {
	if len(q.out) == 0 {
		return ""
	}
	return q.out[len(q.out)-1]
}

// signedMoney reads an amount with its currency's sign before it.
func (q *quantityReader) signedMoney(i int) int {
	if !isCurrencySign(q.word(i)) {
		return i
	}
	currency := currencyWord(q.word(i))
	if !isNumeric(q.word(i + 1)) {
		q.emit(currency)
		return i + 1
	}
	next := i + 2
	if q.word(next) == currency {
		next++
	}
	return q.money(q.word(i+1), currency, next)
}

// oneAndCents reads "a dollar ninety-nine".
func (q *quantityReader) oneAndCents(i int) int {
	currency := q.word(i + 1)
	if q.word(i) != "a" || currency != "dollar" && currency != "euro" && currency != "pound" {
		return i
	}
	currency += "s"
	if decimals, next := q.hundredths(minorCurrency(currency), i+2); decimals != "" {
		return q.money("1."+decimals, currency, next)
	}
	return i
}

// amount reads a number and the unit after it.
func (q *quantityReader) amount(i int) int {
	number := q.word(i)
	if !isNumeric(number) {
		return i
	}
	power := 0
	if word := q.word(i + 1); word == "square" || word == "cubic" {
		power = 1
	}
	unit, known := unitAfterNumber(q.word(i + 1 + power))
	if !known {
		unit, known = []string{q.word(i + 1 + power)}, isUnit(q.word(i+1+power))
	}
	next := i + 2 + power
	switch {
	case !known && isCurrencySign(q.word(i+1)) && !isNumeric(q.word(i+2)):
		return q.money(number, currencyWord(q.word(i+1)), i+2)
	case !known:
		q.emit(number)
		return i + 1
	case power == 1:
		q.emit(number, q.word(i+1))
		q.emit(unit...)
		return next
	case unit[0] == "inches" && q.previous() == "feet":
		q.emit(number)
		return next
	case minorCurrency(unit[0]) != "":
		return q.money(number, unit[0], next)
	case unit[0] == "degrees":
		q.emit(number, "degrees")
		return q.temperature(next)
	}
	q.emit(number)
	q.emit(unit...)
	return next
}

func (q *quantityReader) temperature(i int) int {
	switch q.word(i) {
	case "c", "centigrade":
		q.emit("celsius")
		return i + 1
	case "f":
		q.emit("fahrenheit")
		return i + 1
	}
	return i
}

// money writes an amount in one way: hundredths as decimals of the whole, or by
// their own name when there is nothing else.
func (q *quantityReader) money(number, currency string, next int) int {
	minor := minorCurrency(currency)
	whole, decimals, hasDecimals := strings.Cut(number, ".")
	if !hasDecimals && minor != "" {
		decimals, next = q.hundredths(minor, next)
	}
	if len(decimals) == 1 && minor != "" {
		decimals += "0"
	}
	switch {
	case decimals == "" || decimals == "00":
		q.emit(whole, currency)
	case strings.Trim(whole, "0") == "" && len(decimals) == 2 && minor != "":
		q.emit(strings.TrimPrefix(decimals, "0"), minor)
	default:
		q.emit(whole+"."+decimals, currency)
	}
	return next
}

// hundredths reads the cents after an amount: "and 99 cents", "99 cents", and
// 99 alone where nothing else is counted.
func (q *quantityReader) hundredths(minor string, i int) (decimals string, next int) {
	at := i
	if q.word(at) == "and" {
		at++
	}
	cents, err := strconv.Atoi(q.word(at))
	if err != nil || cents < 1 || cents > 99 || len(q.word(at)) > 2 {
		return "", i
	}
	decimals = strconv.Itoa(100 + cents)[1:]
	unit := q.word(at + 1)
	if named, known := unitAfterNumber(unit); known {
		unit = named[0]
	}
	switch {
	case unit == minor:
		return decimals, at + 2
	case at == i && len(q.word(at)) == 2 && !isUnit(unit) && !isCurrencySign(unit):
		return decimals, at + 1
	}
	return "", i
}

// clock reads a time written with a colon. Its parts are said one after the
// other, except for a full hour.
func (q *quantityReader) clock(i int) int {
	hour, minute, isTime := strings.Cut(q.word(i), ":")
	if !isTime || !isInteger(hour) || !isInteger(minute) {
		if isInteger(q.word(i)) && q.word(i+1) == "oclock" && isHalfOfDay(q.word(i+2)) {
			q.emit(q.word(i), q.word(i+2))
			return i + 3
		}
		return i
	}
	value, _ := strconv.Atoi(hour)
	if value > 0 {
		hour = strconv.Itoa(value)
	}
	if minute != "00" || value == 0 || value > 12 {
		q.emit(hour + minute)
		return i + 1
	}
	q.emit(hour)
	next := i + 1
	if q.word(next) == "oclock" {
		next++
	}
	if !isHalfOfDay(q.word(next)) {
		q.emit("oclock")
	}
	return next
}

func isHalfOfDay(word string) bool { return word == "am" || word == "pm" }

// clockWords reads "half past two", "quarter to three", "ten past four" and
// "five minutes to six".
func (q *quantityReader) clockWords(i int) int {
	start := i
	if q.word(i) == "a" && q.word(i+1) == "quarter" {
		i++
	}
	minutes, named := 0, false
	switch first := q.word(i); {
	case first == "half" && q.word(i+1) == "past":
		minutes, named = 30, true
	case first == "quarter":
		minutes, named = 15, true
	case isInteger(first) && len(first) <= 2:
		minutes, _ = strconv.Atoi(first)
	}
	if minutes < 1 || minutes > 30 {
		return start
	}
	i++
	if word := q.word(i); !named && (word == "minute" || word == "minutes") {
		named = true
		i++
	}
	hour, err := strconv.Atoi(q.word(i + 1))
	if err != nil || hour < 1 || hour > 12 || isUnit(q.word(i+2)) {
		return start
	}
	switch relation := q.word(i); {
	case relation == "past":
	case named && (relation == "to" || relation == "till" || relation == "until" || relation == "of"):
		minutes = 60 - minutes
		hour = (hour+10)%12 + 1
	default:
		return start
	}
	q.emit(strconv.Itoa(hour*100 + minutes))
	return i + 2
}

// mixedFraction joins a whole number and a fraction after it. A half and
// quarters become decimals; half of one thing stays a word.
func (q *quantityReader) mixedFraction(i int) int {
	next := i + 1
	if q.word(i) == "1/2" && (q.word(next) == "a" || q.word(next) == "an") {
		q.emit("half")
		return next
	}
	if q.word(next) == "and" {
		next++
	}
	fraction := q.word(next)
	if !isInteger(q.word(i)) || !strings.Contains(fraction, "/") {
		return i
	}
	switch fraction {
	case "1/2":
		q.emit(q.word(i) + ".5")
	case "1/4":
		q.emit(q.word(i) + ".25")
	case "3/4":
		q.emit(q.word(i) + ".75")
	default:
		q.emit(q.word(i), fraction)
	}
	return next + 1
}

// ordinalDay writes the day after a month's name as a cardinal: May 5th is also
// written May 5.
func (q *quantityReader) ordinalDay(i int) int {
	word := q.word(i)
	if len(word) < 3 || !isDigit(rune(word[0])) || !listed(englishMonthNames, q.previous()) {
		return i
	}
	day, err := strconv.Atoi(word[:len(word)-2])
	if err != nil || day < 1 || day > 31 || word != ordinalText(strconv.Itoa(day)) {
		return i
	}
	q.emit(strconv.Itoa(day))
	return i + 1
}
