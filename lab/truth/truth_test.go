package truth

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"testing"
	"time"
)

func TestSecondsAreWrittenToTheNanosecond(t *testing.T) {
	for _, tt := range []struct {
		d    time.Duration
		want string
	}{
		{0, "0.000000000"},
		{1, "0.000000001"},
		{1500 * time.Millisecond, "1.500000000"},
		{-1500 * time.Millisecond, "-1.500000000"},
		{-1, "-0.000000001"},
		{time.Hour + 7, "3600.000000007"},
	} {
		t.Run(tt.want, func(t *testing.T) {
			data, err := json.Marshal(Seconds(tt.d))
			if err != nil || string(data) != tt.want {
				t.Errorf("got %s (%v)", data, err)
			}
			var back Seconds
			if err := json.Unmarshal(data, &back); err != nil || time.Duration(back) != tt.d {
				t.Errorf("read back as %s (%v)", time.Duration(back), err)
			}
		})
	}
}

func TestALineThatCannotBeWrittenIsReportedOnce(t *testing.T) {
	var out bytes.Buffer
	log := NewLog(&out)
	log.Write(Note{Event: "one"})
	log.Write(math.NaN())
	log.Write(Note{Event: "two"})
	if got := bytes.Count(out.Bytes(), []byte("\n")); got != 1 {
		t.Errorf("%d lines, want the one before the error: %s", got, out.String())
	}
	var unsupported *json.UnsupportedValueError
	if err := log.Err(); !errors.As(err, &unsupported) {
		t.Errorf("error %v", err)
	}
}
