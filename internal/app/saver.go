package app

import "time"

// saver saves what was counted soon after each call, in the background: with a
// thousand targets a save takes a second, and calls neither wait for it nor are
// held up by saves without a pause.
type saver struct {
	save   func() error
	wanted chan struct{}
	over   chan struct{}
}

func newSaver(save func() error) *saver {
	return &saver{save: save, wanted: make(chan struct{}, 1), over: make(chan struct{})}
}

// soon asks for a save.
func (s *saver) soon() {
	select {
	case s.wanted <- struct{}{}:
	default: // One that has not begun will do.
	}
}

// restShare is how many times as long as a save the pause after it is.
const restShare = 9

// run saves until the end is told. What fails then and there is tried again by
// the next save; who tells the end makes the last one.
func (s *saver) run() {
	for {
		select {
		case <-s.over:
			return
		case <-s.wanted:
		}
		began := time.Now()
		_ = s.save()
		rest := time.NewTimer(restShare * time.Since(began))
		select {
		case <-s.over:
			rest.Stop()
			return
		case <-rest.C:
		}
	}
}
