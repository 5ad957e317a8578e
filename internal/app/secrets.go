package app

import (
	"fmt"
	"io"
	"os"
	"strings"

	"callprobe/internal/config"
)

// maxSecretFile bounds what is read of a key file: naming the wrong file must
// not read a disk.
const maxSecretFile = 64 << 10

// ReadSecret reads a credential from a file, without the white space around
// it.
func ReadSecret(path string) (string, error) {
	f, err := os.Open(path) //nolint:gosec // The user names the file.
	if err != nil {
		return "", fmt.Errorf("read credential: %w", err)
	}
	defer f.Close() //nolint:errcheck // Nothing was written.
	raw, err := io.ReadAll(io.LimitReader(f, maxSecretFile+1))
	if err != nil {
		return "", fmt.Errorf("read credential: %w", err)
	}
	if len(raw) > maxSecretFile {
		return "", fmt.Errorf("read credential: %s is no key file: it should hold the key and nothing else", path)
	}
	secret := strings.TrimSpace(strings.TrimPrefix(string(raw), "\ufeff"))
	if !config.IsCredential(secret) {
		return "", fmt.Errorf("read credential: %s must hold the key on one line and nothing else", path)
	}
	return secret, nil
}
