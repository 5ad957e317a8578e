package spectrum

// transform replaces z by its complex transform, in natural order.
func (f *FFT) transform() {
	from, to := f.z, f.y
	for i := range f.stages {
		s := &f.stages[i]
		switch s.radix {
		case 2:
			s.pass2(to, from)
		case 3:
			s.pass3(to, from)
		case 4:
			s.pass4(to, from)
		case 5:
			s.pass5(to, from)
		}
		from, to = to, from
	}
	f.z, f.y = from, to
}

// Each pass takes, for group p and place q, the numbers at q+stride·(p+u·count)
// and writes their transform, turned, to q+stride·(radix·p+t).

func (s *stage) pass2(to, from []complex128) {
	apart := s.stride * s.count
	for p := range s.count {
		w := s.turns[p]
		in, out := from[s.stride*p:], to[s.stride*2*p:]
		x0, x1 := in[:s.stride], in[apart:][:s.stride]
		y0, y1 := out[:s.stride], out[s.stride:][:s.stride]
		for q, a := range x0 {
			b := x1[q]
			y0[q] = a + b
			y1[q] = times(w, a-b)
		}
	}
}

func (s *stage) pass3(to, from []complex128) {
	const sin = 0.86602540378443864676 // of 2π/3
	apart := s.stride * s.count
	for p := range s.count {
		w1, w2 := s.turns[2*p], s.turns[2*p+1]
		in, out := from[s.stride*p:], to[s.stride*3*p:]
		x0, x1, x2 := in[:s.stride], in[apart:][:s.stride], in[2*apart:][:s.stride]
		y0, y1, y2 := out[:s.stride], out[s.stride:][:s.stride], out[2*s.stride:][:s.stride]
		for q, a := range x0 {
			b, c := x1[q], x2[q]
			sum, diff := b+c, b-c
			mid := complex(real(a)-real(sum)/2, imag(a)-imag(sum)/2)
			side := complex(imag(diff)*sin, -real(diff)*sin)
			y0[q] = a + sum
			y1[q] = times(w1, mid+side)
			y2[q] = times(w2, mid-side)
		}
	}
}

func (s *stage) pass4(to, from []complex128) {
	apart := s.stride * s.count
	for p := range s.count {
		w1, w2, w3 := s.turns[3*p], s.turns[3*p+1], s.turns[3*p+2]
		in, out := from[s.stride*p:], to[s.stride*4*p:]
		x0, x1, x2, x3 := in[:s.stride], in[apart:][:s.stride], in[2*apart:][:s.stride], in[3*apart:][:s.stride]
		y0, y1, y2, y3 := out[:s.stride], out[s.stride:][:s.stride], out[2*s.stride:][:s.stride], out[3*s.stride:][:s.stride]
		for q, a := range x0 {
			b, c, d := x1[q], x2[q], x3[q]
			sumAC, diffAC, sumBD, diffBD := a+c, a-c, b+d, b-d
			side := complex(imag(diffBD), -real(diffBD))
			y0[q] = sumAC + sumBD
			y1[q] = times(w1, diffAC+side)
			y2[q] = times(w2, sumAC-sumBD)
			y3[q] = times(w3, diffAC-side)
		}
	}
}

func (s *stage) pass5(to, from []complex128) {
	const (
		cos1, sin1 = 0.30901699437494742410, 0.95105651629515357212  // of 2π/5
		cos2, sin2 = -0.80901699437494742410, 0.58778525229247312917 // of 4π/5
	)
	apart := s.stride * s.count
	for p := range s.count {
		w1, w2, w3, w4 := s.turns[4*p], s.turns[4*p+1], s.turns[4*p+2], s.turns[4*p+3]
		in, out := from[s.stride*p:], to[s.stride*5*p:]
		x0, x1, x2, x3, x4 := in[:s.stride], in[apart:][:s.stride], in[2*apart:][:s.stride], in[3*apart:][:s.stride], in[4*apart:][:s.stride]
		y0, y1, y2, y3, y4 := out[:s.stride], out[s.stride:][:s.stride], out[2*s.stride:][:s.stride], out[3*s.stride:][:s.stride], out[4*s.stride:][:s.stride]
		for q, a := range x0 {
			sumBE, diffBE := x1[q]+x4[q], x1[q]-x4[q]
			sumCD, diffCD := x2[q]+x3[q], x2[q]-x3[q]
			mid1 := complex(real(a)+cos1*real(sumBE)+cos2*real(sumCD), imag(a)+cos1*imag(sumBE)+cos2*imag(sumCD))
			mid2 := complex(real(a)+cos2*real(sumBE)+cos1*real(sumCD), imag(a)+cos2*imag(sumBE)+cos1*imag(sumCD))
			side1 := complex(sin1*imag(diffBE)+sin2*imag(diffCD), -sin1*real(diffBE)-sin2*real(diffCD))
			side2 := complex(sin2*imag(diffBE)-sin1*imag(diffCD), -sin2*real(diffBE)+sin1*real(diffCD))
			y0[q] = a + sumBE + sumCD
			y1[q] = times(w1, mid1+side1)
			y2[q] = times(w2, mid2+side2)
			y3[q] = times(w3, mid2-side2)
			y4[q] = times(w4, mid1-side1)
		}
	}
}

// times multiplies without the checks for infinities that the language asks of a
// product of complex numbers.
func times(a, b complex128) complex128 {
	return complex(real(a)*real(b)-imag(a)*imag(b), real(a)*imag(b)+imag(a)*real(b))
}
