package wer

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestTheDocumentationIsTrue compares the examples of docs/stt.md: texts in code
// marks with = between them are the same, with / between them they differ.
func TestTheDocumentationIsTrue(t *testing.T) {
	data, err := os.ReadFile("../../docs/stt.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(data), "## Normalization")
	text, _, _ = strings.Cut(text, "\n## ")
	found := map[string]int{}
	for _, chain := range regexp.MustCompile("`[^`]+`(?:(?: = |/)`[^`]+`)+").FindAllString(text, -1) {
		parts := regexp.MustCompile("`([^`]+)`( = |/)?").FindAllStringSubmatch(chain, -1)
		for i := 1; i < len(parts); i++ {
			one, other, sign := parts[i-1][1], parts[i][1], parts[i-1][2]
			found[sign]++
			if same := Compare(one, other, "en").Errors() == 0; same != (sign == " = ") {
				t.Errorf("%s: %q and %q compare as the same: %v", chain, one, other, same)
			}
		}
	}
	if found[" = "] < 20 || found["/"] < 9 {
		t.Errorf("only %v examples were found", found)
	}
}
