package app

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestSavesAreSoonAndLeaveTimeForCalls(t *testing.T) {
	for _, tc := range []struct {
		name  string
		takes time.Duration
		least int
		most  int
	}{
		{"a small state after each call", 0, 100, 100},
		{"a large one now and then", time.Second, 2, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				saves := 0
				s := newSaver(func() error {
					saves++
					time.Sleep(tc.takes)
					return nil
				})
				ended := make(chan struct{})
				go func() {
					s.run()
					close(ended)
				}()
				for range 100 { // A call each 110 ms, for 11 s.
					time.Sleep(110 * time.Millisecond)
					s.soon()
				}
				synctest.Wait()
				began := time.Now()
				close(s.over)
				<-ended
				if saves < tc.least || saves > tc.most {
					t.Errorf("%d saves, want %d to %d", saves, tc.least, tc.most)
				}
				if waited := time.Since(began); waited > tc.takes {
					t.Errorf("the end waited for %v", waited)
				}
			})
		})
	}
}
