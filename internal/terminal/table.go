package terminal

import (
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// column is one column of a table.
type column struct {
	title string
	// right aligns numbers at their last digit.
	right bool
	// least is the width below which the column is not squeezed; 0 for a
	// column that keeps its width as long as it can.
	least int
}

// cell is one place of a table. Its text is clean.
type cell struct {
	text string
	ink  ink
}

// columnGap separates the columns of a table.
const columnGap = 2

// table prints rows under titles. The widest of the columns that may be
// squeezed give way until a row fits the line.
func (s *sheet) table(columns []column, rows [][]cell) {
	widths := make([]int, len(columns))
	for i, c := range columns {
		widths[i] = displaywidth.String(c.title)
		for _, r := range rows {
			widths[i] = max(widths[i], displaywidth.String(r[i].text))
		}
	}
	squeeze(columns, widths, s.width()-labelCol)
	titles := make([]cell, len(columns))
	for i, c := range columns {
		titles[i] = cell{c.title, bold}
	}
	s.tableRow(columns, widths, titles)
	for _, r := range rows {
		s.tableRow(columns, widths, r)
	}
}

// squeeze narrows columns until their sum fits: first those that may be, then,
// for figures beyond reason, any.
func squeeze(columns []column, widths []int, room int) {
	const never = 4
	total := columnGap * (len(widths) - 1)
	for _, w := range widths {
		total += w
	}
	for ; total > room; total-- {
		i := widest(widths, func(i int) bool { return columns[i].least > 0 && widths[i] > columns[i].least })
		if i < 0 {
			i = widest(widths, func(i int) bool { return widths[i] > never })
		}
		if i < 0 {
			return
		}
		widths[i]--
	}
}

func widest(widths []int, allowed func(i int) bool) int {
	found := -1
	for i, w := range widths {
		if allowed(i) && (found < 0 || w > widths[found]) {
			found = i
		}
	}
	return found
}

func (s *sheet) tableRow(columns []column, widths []int, r []cell) {
	at := labelCol
	for i, c := range columns {
		text := s.shorten(r[i].text, widths[i])
		start := at
		if c.right {
			start += widths[i] - displaywidth.String(text)
		}
		if text != "" {
			s.to(start)
			s.put(text, r[i].ink)
		}
		at += widths[i] + columnGap
	}
	s.end()
}

// separator draws a line under a table.
func (s *sheet) separator() {
	s.to(labelCol)
	s.put(strings.Repeat(s.glyphs().rule, s.width()-2*labelCol), dim)
	s.end()
}
