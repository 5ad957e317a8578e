package main

import (
	"strings"
	"testing"

	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"

	"callprobe/internal/labproc"
)

// roomsOf lists the lab's rooms whose name contains part.
func roomsOf(t *testing.T, lab *labproc.Lab, part string) []string {
	t.Helper()
	client := lksdk.NewRoomServiceClient(lab.URL, lab.APIKey, lab.APISecret)
	list, err := client.ListRooms(t.Context(), &livekit.ListRoomsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range list.GetRooms() {
		if strings.Contains(r.GetName(), part) {
			names = append(names, r.GetName())
		}
	}
	return names
}
