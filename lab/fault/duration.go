package fault

import (
	"encoding/json"
	"fmt"
	"time"
)

// Duration is a length of time that is written as "1.2s" or as a number of
// seconds.
type Duration time.Duration

// UnmarshalJSON reads "1.2s" or 1.2.
func (d *Duration) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err == nil {
		v, err := time.ParseDuration(text)
		if err != nil {
			return fmt.Errorf("read duration: %q is not a duration such as \"1.2s\"", text)
		}
		*d = Duration(v)
		return nil
	}
	var seconds float64
	if err := json.Unmarshal(data, &seconds); err != nil {
		return fmt.Errorf("read duration: %s is neither \"1.2s\" nor a number of seconds", data)
	}
	*d = Duration(seconds * float64(time.Second))
	return nil
}

// MarshalJSON writes "1.2s".
func (d Duration) MarshalJSON() ([]byte, error) {
	return json.Marshal(time.Duration(d).String())
}
