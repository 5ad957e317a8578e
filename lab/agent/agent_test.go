package agent

import (
	"slices"
	"testing"
	"time"

	"callprobe/lab/fault"
)

func TestGarbleMakesAsManyMistakesAsAsked(t *testing.T) {
	for _, tt := range []struct {
		rule string
		text string
		g    fault.Garble
		want string
	}{
		{"none leaves the text", "one two three", fault.Garble{}, "one two three"},
		{"substitutes from the left", "one two three", fault.Garble{Substitute: 2}, "mumble mumble three"},
		{"drops from the left", "one two three", fault.Garble{Drop: 1}, "two three"},
		{"inserts at the end", "one two", fault.Garble{Insert: 2}, "one two extra extra"},
		{"all at once do not meet", "one two three four", fault.Garble{Substitute: 1, Drop: 2, Insert: 1}, "mumble four extra"},
		{"a short text gets what it has words for", "one two", fault.Garble{Substitute: 1, Drop: 5}, "mumble"},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			if got := garble(tt.text, tt.g); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestInterimsGrowAndNeverHoldTheWhole(t *testing.T) {
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{"one", nil},
		{"one two three", []string{"one", "one two"}},
		{"a b c d e f g h", []string{"a b", "a b c d", "a b c d e f"}},
	} {
		if got := interims(tt.text); !slices.Equal(got, tt.want) {
			t.Errorf("interims of %q are %q, want %q", tt.text, got, tt.want)
		}
	}
}

func TestTheAgendaRunsWhatIsDueInOrder(t *testing.T) {
	var a agenda
	var did []int
	now := time.Now()
	do := func(n int) func() { return func() { did = append(did, n) } }
	a.add(now.Add(2*time.Second), do(3))
	a.add(now, do(1))
	a.add(now, func() { do(2)(); a.add(now, do(21)) })
	a.add(now.Add(3*time.Second), do(4))
	a.run(now.Add(2 * time.Second))
	if want := []int{1, 2, 21, 3}; !slices.Equal(did, want) {
		t.Errorf("did %v, want %v", did, want)
	}
	if next := a.next(now.Add(2 * time.Second)); next != time.Second {
		t.Errorf("the next is due in %s, want 1s", next)
	}
}

func TestSilenceUnderDTX(t *testing.T) {
	r := &readySource{packet: []byte{1, 2, 3}, dtx: []byte{1}, useDTX: true}
	var sent []int
	for k := range int64(60) {
		payload, err := r.silence(k, nil)
		if err != nil {
			t.Fatal(err)
		}
		if k < dtxHangover {
			if len(payload) != 3 {
				t.Fatalf("frame %d after speech has %d bytes, want a whole packet", k, len(payload))
			}
			continue
		}
		if payload != nil {
			sent = append(sent, int(k))
		}
	}
	// One byte, 400 ms nothing, a packet, one byte, and so on.
	if want := []int{10, 30, 31, 51, 52}; !slices.Equal(sent, want) {
		t.Errorf("frames %v are sent, want %v", sent, want)
	}
}

func TestAMuteSourceSendsSilenceForSpeech(t *testing.T) {
	r := &readySource{packet: []byte{9}, mute: true}
	if payload, err := r.speech(0, nil, 0); err != nil || !slices.Equal(payload, []byte{9}) {
		t.Errorf("got %v (%v)", payload, err)
	}
}
