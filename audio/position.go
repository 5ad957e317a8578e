package audio

// Convert returns the position at rate `to` that lies nearest in time to
// position p at rate r, halves away from zero. It is 0 when r is not positive.
func (r Rate) Convert(p Pos, to Rate) Pos {
	if r <= 0 {
		return 0
	}
	whole, part := int64(p)/int64(r), int64(p)%int64(r)
	half := int64(r) / 2
	if part < 0 {
		half = -half
	}
	return Pos(whole*int64(to) + (part*int64(to)+half)/int64(r))
}

// ConvertSpan returns the span at rate `to` whose ends lie nearest in time to
// those of s at rate r.
func (r Rate) ConvertSpan(s Span, to Rate) Span {
	return Span{Start: r.Convert(s.Start, to), End: r.Convert(s.End, to)}
}
