package wer

import "math/bits"

// distance returns the Levenshtein distance of two texts. It computes 64 rows
// of the table at a time from the differences between neighbouring cells (Myers,
// "A fast bit-vector algorithm for approximate string matching based on dynamic
// programming", JACM 46(3), 1999; Hyyrö, "A bit-vector algorithm for computing
// Levenshtein and Damerau edit distances", 2003), so that the characters of
// 10,000 words take well under a second.
func distance(reference, hypothesis []rune) int {
	if len(reference) == 0 {
		return len(hypothesis)
	}
	blocks := (len(reference) + 63) / 64
	places := placesOf(reference, blocks)
	nowhere := make([]uint64, blocks)
	columns := make([]column, blocks)
	for b := range columns {
		columns[b].up = ^uint64(0)
	}
	for _, r := range hypothesis {
		matches, found := places[r]
		if !found {
			matches = nowhere
		}
		enter := 1
		for b := range columns {
			enter = columns[b].advance(matches[b], enter)
		}
	}
	total := len(hypothesis)
	rest := uint(len(reference) % 64)
	for b, c := range columns {
		mask := ^uint64(0)
		if b == blocks-1 && rest != 0 {
			mask = 1<<rest - 1
		}
		total += bits.OnesCount64(c.up&mask) - bits.OnesCount64(c.down&mask)
	}
	return total
}

// placesOf notes for each character in which rows it stands.
func placesOf(text []rune, blocks int) map[rune][]uint64 {
	places := make(map[rune][]uint64)
	for i, r := range text {
		if places[r] == nil {
			places[r] = make([]uint64, blocks)
		}
		places[r][i/64] |= 1 << (i % 64)
	}
	return places
}

// column holds 64 vertical differences: bit i of up says that row i costs one
// more than the row before it, bit i of down one less.
type column struct{ up, down uint64 }

// advance moves the column one character of the hypothesis to the right. enter
// is the horizontal difference (-1, 0 or 1) in the row before the column's
// first; the result is the one in its last row.
func (c *column) advance(matches uint64, enter int) int {
	var enterUp, enterDown uint64
	switch {
	case enter > 0:
		enterUp = 1
	case enter < 0:
		enterDown = 1
	}
	vertical := matches | c.down
	matches |= enterDown
	horizontal := ((matches & c.up) + c.up) ^ c.up | matches
	rise := c.down | ^(horizontal | c.up)
	fall := c.up & horizontal
	leave := int(rise>>63) - int(fall>>63)
	rise = rise<<1 | enterUp
	fall = fall<<1 | enterDown
	c.up = fall | ^(vertical | rise)
	c.down = rise & vertical
	return leave
}
