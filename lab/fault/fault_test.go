package fault

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestTheTableAndTheStructAgree(t *testing.T) {
	keys := map[string]bool{}
	for field := range reflect.TypeFor[Fault]().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		keys[name] = true
	}
	for _, h := range Table() {
		if !keys[h.Key] {
			t.Errorf("the table describes %q, which no field has", h.Key)
		}
		if h.Text == "" {
			t.Errorf("the table does not say what %q does", h.Key)
		}
		delete(keys, h.Key)
	}
	for key := range keys {
		t.Errorf("the table does not describe %q", key)
	}
}

func TestFromMetadata(t *testing.T) {
	second := Duration(time.Second)
	for _, tt := range []struct {
		rule           string
		base           Fault
		dispatch, room string
		want           string
		wantErr        string
	}{
		{"nothing asked is the defaults", Fault{Silent: true}, "", "", `{"silent":true}`, ""},
		{"dispatch metadata is the fault", Fault{}, `{"deaf":true}`, "", `{"deaf":true}`, ""},
		{"dispatch metadata may hold it under fault", Fault{}, `{"fault":{"deaf":true},"other":1}`, "", `{"deaf":true}`, ""},
		{"room metadata is read under fault only", Fault{}, "", `{"deaf":true}`, `{}`, ""},
		{"room metadata may hold it under fault", Fault{}, "", `{"fault":{"deaf":true}}`, `{"deaf":true}`, ""},
		{"the dispatch wins over the room", Fault{}, `{"reply_delay":"2s"}`, `{"fault":{"reply_delay":"1s"}}`, `{"reply_delay":"2s"}`, ""},
		{"a call wins over the defaults", Fault{ReplyDelay: &second}, `{"reply_delay":0.25}`, "", `{"reply_delay":"250ms"}`, ""},
		{"a fault can be taken back", Fault{Silent: true}, `{"silent":false}`, "", `{}`, ""},
		{"an unknown fault is an error and the others hold", Fault{}, `{"deff":true,"deaf":true}`, "", `{"deaf":true}`, `no fault is called "deff"`},
		{"a wrong value is an error that names the fault", Fault{}, `{"join_delay":"soon"}`, "", `{}`, `read fault "join_delay"`},
		{"an unknown mistake is an error", Fault{}, `{"garble":{"swap":1}}`, "", `{}`, `read fault "garble"`},
		{"text that is no JSON is an error", Fault{}, `hello`, "", `{}`, `not a JSON object`},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			got, err := FromMetadata(tt.base, tt.dispatch, tt.room)
			data, jsonErr := json.Marshal(got)
			if jsonErr != nil {
				t.Fatal(jsonErr)
			}
			if string(data) != tt.want {
				t.Errorf("got %s, want %s", data, tt.want)
			}
			if (err != nil) != (tt.wantErr != "") || err != nil && !strings.Contains(err.Error(), tt.wantErr) {
				t.Errorf("error %v, want one with %q", err, tt.wantErr)
			}
		})
	}
}

func TestOneCallDoesNotChangeTheDefaults(t *testing.T) {
	second := Duration(time.Second)
	base := Fault{ReplyDelay: &second}
	if _, err := Parse(base, []byte(`{"reply_delay":"5s"}`)); err != nil {
		t.Fatal(err)
	}
	if *base.ReplyDelay != Duration(time.Second) {
		t.Errorf("the default is now %s", time.Duration(*base.ReplyDelay))
	}
}
