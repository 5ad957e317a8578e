package wer

import (
	"slices"
	"strings"
	"testing"
)

func TestOtherLanguages(t *testing.T) {
	tests := []struct{ name, language, text, want string }{
		{"German folds case and sharp s", "de-AT", "Die STRASSE, die Straße!", "die strasse die strasse"},
		{"umlauts are other letters", "de", "schön schon", "schön schon"},
		{"composed and decomposed are one", "de", "scho\u0308n", "schön"},
		{"French apostrophes part words", "fr", "L’été, l'eau", "l été l eau"},
		{"Spanish marks before the sentence", "es", "¿Qué tal? ¡Hola!", "qué tal hola"},
		{"Turkish has an i without a dot", "tr", "IŞIK İYİ", "ışık iyi"},
		{"elsewhere I is i", "en", "ISTANBUL", "istanbul"},
		{"Greek has one sigma", "el", "ΟΔΟΣ οδός", "οδοσ οδόσ"},
		{"Hindi keeps its vowel signs", "hi", "नमस्ते, दुनिया।", "नमस्ते दुनिया"},
		{"Arabic loses optional vowels", "ar", "مَرْحَبًا بـكم", "مرحبا بكم"},
		{"Arabic digits are digits", "ar", "٤٧١١", "4711"},
		{"Chinese is split", "zh-CN", "你好，世界！", "你 好 世 界"},
		{"Chinese keeps words of other scripts", "zh", "我有iPhone 15手机", "我 有 iphone 15 手 机"},
		{"Japanese is split", "ja", "ありがとう、コーヒー", "あ り が と う コ ー ヒ ー"},
		{"half and full width are one", "ja", "ｺｰﾋｰ１２", "コ ー ヒ ー 12"},
		{"Thai keeps marks with their letters", "th", "ที่นี่", "ที่ นี่"},
		{"Korean has spaces", "ko", "안녕하세요, 세계!", "안녕하세요 세계"},
		{"no language named", "", "Don't, STOP", "don t stop"},
		{"other languages keep numbers as they are", "de", "zwei 2", "zwei 2"},
		{"hesitations are English only", "de", "um zehn Uhr", "um zehn uhr"},
		{"English by any tag", "en_GB", "It’s the colour", "it is the color"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := strings.Join(Normalize(test.text, test.language), " "); got != test.want {
				t.Errorf("%q: got %q, want %q", test.text, got, test.want)
			}
		})
	}
}

func TestRawWordsChangeNothingButSplit(t *testing.T) {
	if got, want := rawWords(" Hello,  WORLD!\n你好 "), []string{"Hello,", "WORLD!", "你", "好"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
