package app

import (
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAnAddressThatMayBeFreeLaterIsNoUsageError(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for address, want := range map[string]string{
		taken.Addr().String(): "address already in use: another process listens there: end it or choose another address",
		"192.0.2.1:9877":      "this machine does not have the address",
	} {
		file := filepath.Join(t.TempDir(), "callprobe.yml")
		if err := os.WriteFile(file, []byte(testTargets), 0o600); err != nil {
			t.Fatal(err)
		}
		opts := ServeOptions{ConfigFile: file, Getenv: testEnvironment, Listen: []string{address}, Log: slog.New(slog.DiscardHandler)}
		err := Serve(t.Context(), opts)
		if _, ok := errors.AsType[*UsageError](err); ok || err == nil || !strings.HasSuffix(err.Error(), want) || !strings.Contains(err.Error(), "--web.listen-address="+address) {
			t.Errorf("%s: got %v", address, err)
		}
	}
}
