package app

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// leftRooms is a list of rooms of ours, as old as said, in the encoding of the
// room server.
func leftRooms(ages ...time.Duration) []byte {
	var list []byte
	for _, age := range ages {
		var room []byte
		text := func(field protowire.Number, value string) {
			room = protowire.AppendTag(room, field, protowire.BytesType)
			room = protowire.AppendString(room, value)
		}
		text(2, "callprobe-left-"+age.String())
		room = protowire.AppendTag(room, 5, protowire.VarintType)
		room = protowire.AppendVarint(room, uint64(time.Now().Add(-age).Unix()))
		text(8, `{"callprobe.synthetic":"true"}`)
		list = protowire.AppendBytes(protowire.AppendTag(list, 1, protowire.BytesType), room)
	}
	return list
}

// roomServer has rooms of ours on it and counts what it is asked for.
func roomServer(t *testing.T, ages ...time.Duration) (url string, asked func(method string) int) {
	t.Helper()
	var mu sync.Mutex
	count := map[string]int{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
		mu.Lock()
		count[method]++
		mu.Unlock()
		w.Header().Set("Content-Type", "application/protobuf")
		if method == "ListRooms" {
			_, _ = w.Write(leftRooms(ages...))
		}
	}))
	t.Cleanup(server.Close)
	return server.URL, func(method string) int {
		mu.Lock()
		defer mu.Unlock()
		return count[method]
	}
}

func TestARoomThatWasLeftIsSweptAndCountedOnce(t *testing.T) {
	url, asked := roomServer(t, time.Hour)
	const target = "  - {name: %s, url: %q, api_key_env: KEY, api_secret_env: SECRET}\n"
	targets := fmt.Sprintf("targets:\n"+target+target+target, "a", url, "b", url, "c", url)
	r := startService(t, nil, targets+"probes: [{scenario: quiet.yaml}]\n", nil)
	r.await("the room is swept", func() bool { return r.sees(`callprobe_rooms_swept_total{target="a"} 1`) })
	for _, other := range []string{"b", "c"} {
		if want := fmt.Sprintf("callprobe_rooms_swept_total{target=%q} 0", other); !r.sees(want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
	if lists, deletes := asked("ListRooms"), asked("DeleteRoom"); lists != 1 || deletes != 1 {
		t.Errorf("the server was asked %d times for rooms and %d times to delete one", lists, deletes)
	}
}

func TestARoomThatACallOfAnotherCallprobeMayBeInIsLeft(t *testing.T) {
	url, asked := roomServer(t, 9*time.Minute, time.Hour)
	target := fmt.Sprintf("targets: [{name: a, url: %q, api_key_env: KEY, api_secret_env: SECRET}]\n", url)
	r := startService(t, nil, target+"probes: [{scenario: quiet.yaml, limits: {call: 1m}}]\n", nil)
	r.await("the older room is swept", func() bool { return r.sees(`callprobe_rooms_swept_total{target="a"} 1`) || asked("DeleteRoom") > 1 })
	if n := asked("DeleteRoom"); n != 1 {
		t.Errorf("%d rooms were deleted", n)
	}
}
