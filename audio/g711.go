package audio

// decodeALaw expands one byte of A-law to 16 bits (ITU-T G.711, table 1: 13-bit
// values, here shifted up by 3).
func decodeALaw(b byte) int16 {
	b ^= 0x55 // Even bits travel inverted.
	segment := b >> 4 & 7
	v := int16(b&0xf)<<4 + 8
	if segment > 0 {
		v = (v + 0x100) << (segment - 1)
	}
	if b&0x80 == 0 {
		return -v
	}
	return v
}

// decodeMuLaw expands one byte of mu-law to 16 bits (ITU-T G.711, table 2:
// 14-bit values, here shifted up by 2).
func decodeMuLaw(b byte) int16 {
	const bias = 33 << 2
	b = ^b // All bits travel inverted.
	v := (int16(b&0xf)<<3+bias)<<(b>>4&7) - bias
	if b&0x80 != 0 {
		return -v
	}
	return v
}
