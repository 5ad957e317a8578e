package wer

// maxTableCells is the size up to which an alignment is found in one table of
// two bits a cell: 2^27 cells are 32 MiB and hold 10,000 words against 10,000.
// Larger problems are halved first (Hirschberg, "A linear space algorithm for
// computing maximal common subsequences", CACM 18(6), 1975).
const maxTableCells = 1 << 27

// A cost is one number that orders alignments: by errors first, in the bits
// from 34 up; then by substitutions, in the bits from 2 up: of two alignments
// with as many errors, the one with fewer substitutions has more hits. The two
// lowest bits hold the operation by which a cell is left, in order of
// preference, so that the smallest of three numbers decides everything at once.
const (
	gapCost          = uint64(1) << 34
	substitutionCost = gapCost + 1<<2
	choiceBits       = 2
	choiceMask       = 1<<choiceBits - 1
)

const (
	chooseInsertion uint64 = iota
	chooseHit
	chooseSubstitution
	chooseDeletion
)

// aligner collects the operations of the best path through the grid whose rows
// are reference words and whose columns are hypothesis words. A step down is a
// deletion, a step right an insertion, a diagonal one a hit or a substitution.
// Among paths of equal cost it follows the uppermost. Halving keeps that path:
// where two best paths meet they can swap their ends, so the uppermost one
// crosses the middle row at the last column through which any best path goes.
type aligner struct {
	cells int
	ops   []Op
}

func (a *aligner) align(ref, hyp []int32) {
	if len(ref) < 2 || (len(ref)+1)*(len(hyp)+1) <= a.cells {
		a.walk(ref, hyp)
		return
	}
	middle := len(ref) / 2
	above := costsFromStart(ref[:middle], hyp)
	below := costsToEnd(ref[middle:], hyp, nil)
	best := 0
	for j := range above {
		if above[j]+below[j] <= above[best]+below[best] {
			best = j
		}
	}
	a.align(ref[:middle], hyp[:best])
	a.align(ref[middle:], hyp[best:])
}

// walk fills one table and follows it from the start.
func (a *aligner) walk(ref, hyp []int32) {
	choices := newChoiceTable(len(ref), len(hyp))
	costsToEnd(ref, hyp, choices)
	for i, j := 0, 0; i < len(ref) || j < len(hyp); {
		switch choices.at(i, j) {
		case chooseInsertion:
			a.ops = append(a.ops, Insertion)
			j++
		case chooseHit:
			a.ops = append(a.ops, Hit)
			i, j = i+1, j+1
		case chooseSubstitution:
			a.ops = append(a.ops, Substitution)
			i, j = i+1, j+1
		default:
			a.ops = append(a.ops, Deletion)
			i++
		}
	}
}

// costsToEnd returns, for each position in hyp, the cost of aligning what
// follows it with all of ref. It notes each cell's choice when choices is not
// nil.
func costsToEnd(ref, hyp []int32, choices *choiceTable) []uint64 {
	row := make([]uint64, len(hyp)+1)
	for j := len(hyp) - 1; j >= 0; j-- {
		row[j] = row[j+1] + gapCost
	}
	for i := len(ref) - 1; i >= 0; i-- {
		word := ref[i]
		diagonal := row[len(hyp)]
		right := diagonal + gapCost
		row[len(hyp)] = right
		line := choices.row(i)
		packed := uint64(chooseDeletion) << (choiceBits * uint(len(hyp)&3))
		if line != nil && len(hyp)&3 == 0 {
			line[len(hyp)>>2] = byte(packed)
			packed = 0
		}
		for j := len(hyp) - 1; j >= 0; j-- {
			step := substitutionCost + chooseSubstitution
			if hyp[j] == word {
				step = chooseHit
			}
			down := row[j]
			best := min(down+(gapCost+chooseDeletion), diagonal+step, right+gapCost)
			diagonal = down
			right = best &^ choiceMask
			row[j] = right
			if line != nil {
				packed |= (best & choiceMask) << (choiceBits * uint(j&3))
				if j&3 == 0 {
					line[j>>2] = byte(packed)
					packed = 0
				}
			}
		}
	}
	return row
}

// costsFromStart returns, for each position in hyp, the cost of aligning what
// precedes it with all of ref.
func costsFromStart(ref, hyp []int32) []uint64 {
	row := make([]uint64, len(hyp)+1)
	for j := range hyp {
		row[j+1] = row[j] + gapCost
	}
	for _, word := range ref {
		diagonal := row[0]
		left := diagonal + gapCost
		row[0] = left
		for j, heard := range hyp {
			step := substitutionCost
			if heard == word {
				step = 0
			}
			up := row[j+1]
			left = min(up+gapCost, diagonal+step, left+gapCost)
			diagonal = up
			row[j+1] = left
		}
	}
	return row
}

// choiceTable holds one choice for each cell of a grid, four to a byte. Its last
// row stays as it is made: nothing is left there but insertions.
type choiceTable struct {
	stride int
	bytes  []byte
}

func newChoiceTable(rows, columns int) *choiceTable {
	stride := columns/4 + 1
	return &choiceTable{stride: stride, bytes: make([]byte, stride*(rows+1))}
}

func (t *choiceTable) row(i int) []byte {
	if t == nil {
		return nil
	}
	return t.bytes[i*t.stride : (i+1)*t.stride]
}

func (t *choiceTable) at(i, j int) uint64 {
	return uint64(t.bytes[i*t.stride+j>>2]>>(choiceBits*uint(j&3))) & choiceMask
}
