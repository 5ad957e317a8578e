package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"

	"callprobe/internal/labproc"
)

// roomsOf lists the lab's rooms whose name contains part.
func roomsOf(t *testing.T, lab *labproc.Lab, part string) []string {
	t.Helper()
	all, err := rooms(t.Context(), lab)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(name string) bool { return !strings.Contains(name, part) })
}

func rooms(ctx context.Context, lab *labproc.Lab) ([]string, error) {
	client := lksdk.NewRoomServiceClient(lab.URL, lab.APIKey, lab.APISecret)
	list, err := client.ListRooms(ctx, &livekit.ListRoomsRequest{})
	if err != nil {
		return nil, fmt.Errorf("list rooms: %w", err)
	}
	var names []string
	for _, r := range list.GetRooms() {
		names = append(names, r.GetName())
	}
	return names, nil
}

func makeRoom(t *testing.T, lab *labproc.Lab, name, metadata string) {
	t.Helper()
	client := lksdk.NewRoomServiceClient(lab.URL, lab.APIKey, lab.APISecret)
	if _, err := client.CreateRoom(t.Context(), &livekit.CreateRoomRequest{Name: name, Metadata: metadata, EmptyTimeout: 60}); err != nil {
		t.Fatal(err)
	}
}

func deleteRooms(t *testing.T, lab *labproc.Lab, names ...string) {
	t.Helper()
	client := lksdk.NewRoomServiceClient(lab.URL, lab.APIKey, lab.APISecret)
	for _, name := range names {
		if _, err := client.DeleteRoom(context.Background(), &livekit.DeleteRoomRequest{Room: name}); err != nil {
			t.Error(err)
		}
	}
}
