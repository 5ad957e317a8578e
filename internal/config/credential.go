package config

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"

	"callprobe/internal/yamlfile"
)

// Secret is a text that never prints: not with any verb of package fmt, not in
// JSON, and not as a part of something that is printed.
type Secret struct {
	// text is a pointer because package fmt prints no more of one than its
	// address, even where it cannot call methods.
	text *string
}

// NewSecret hides a text.
func NewSecret(text string) Secret { return Secret{&text} }

// Reveal returns the text, for the one place that needs it.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

const redacted = "[redacted]"

func (Secret) String() string { return redacted }

// Format keeps the secret out of every verb, %#v and wrong ones included.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// MarshalText keeps the secret out of JSON and YAML.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// credentialKeys are the two ways to give a credential of a target.
type credentialKeys struct {
	what              string
	fileKey, envKey   string
	file, environment yamlfile.Field[string]
}

// credential reads a credential. Nothing that the file has under these keys
// goes into a message: a secret that was pasted where its file or variable
// should be named is a secret all the same.
func (b *builder) credential(t target, k credentialKeys) Secret {
	switch {
	case k.file.Set && k.environment.Set:
		b.Add(k.environment.At, "%q and %q are both given: remove one", k.fileKey, k.envKey)
	case k.file.Set:
		return b.fromFile(k)
	case k.environment.Set:
		return b.fromEnvironment(k)
	case k.file.Absent() && k.environment.Absent():
		b.Add(t.At, "a target needs an %s: give %q or %q", k.what, k.fileKey, k.envKey)
	}
	return Secret{}
}

func (b *builder) fromFile(k credentialKeys) Secret {
	path := k.file.Value
	if !filepath.IsAbs(path) {
		path = filepath.Join(b.folder, path)
	}
	b.files.add(path)
	data, err := readFile(path)
	pathErr, missing := errors.AsType[*fs.PathError](err)
	switch {
	case missing:
		b.Add(k.file.At, "%q cannot be read: %w (a path is relative to the folder of this file)", k.fileKey, pathErr.Err)
		return Secret{}
	case err != nil:
		b.Add(k.file.At, "%q names no small, regular file", k.fileKey)
		return Secret{}
	}
	text := strings.TrimSpace(strings.TrimPrefix(string(data), "\ufeff"))
	if !IsCredential(text) {
		b.Add(k.file.At, "%q must name a file that holds the %s on one line and nothing else", k.fileKey, k.what)
	}
	return NewSecret(text)
}

func (b *builder) fromEnvironment(k credentialKeys) Secret {
	if !regexp.MustCompile(variablePattern).MatchString(k.environment.Value) {
		b.Add(k.environment.At, `%q must be the name of an environment variable, such as LIVEKIT_%s, without "$"`, k.envKey, strings.ToUpper(strings.TrimSuffix(k.envKey, "_env")))
		return Secret{}
	}
	text := strings.TrimSpace(b.getenv(k.environment.Value))
	switch {
	case text == "":
		b.Add(k.environment.At, "%q names an environment variable that is not set: set it to the %s", k.envKey, k.what)
	case !IsCredential(text):
		b.Add(k.environment.At, "%q must name an environment variable that holds the %s on one line and nothing else", k.envKey, k.what)
	}
	return NewSecret(text)
}

const variablePattern = `^[A-Za-z_][A-Za-z0-9_]*$`

// IsCredential tells a key or secret from a text that holds more, such as
// KEY=value lines.
func IsCredential(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
}
