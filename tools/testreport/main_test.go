package main

import (
	"strings"
	"testing"
)

func TestReport(t *testing.T) {
	tests := []struct {
		name   string
		events string
		want   string
		ok     bool
	}{
		{
			name: "of a package that passes only its line is shown",
			events: `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"chatter\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Output":"PASS\n"}
{"Action":"output","Package":"p","Output":"ok  \tp\t0.1s\n"}
{"Action":"pass","Package":"p"}
`,
			want: "ok  \tp\t0.1s\n", ok: true,
		},
		{
			name: "a skip is shown at the end with its reason",
			events: `{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:7: no lab: set CALLPROBE_LAB\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"--- SKIP: TestA (0.00s)\n"}
{"Action":"skip","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Output":"ok  \tp\t0.1s\n"}
{"Action":"pass","Package":"p"}
`,
			want: "ok  \tp\t0.1s\nSKIPPED: p TestA: no lab: set CALLPROBE_LAB\n", ok: true,
		},
		{
			name: "a skip without a reason is told so",
			events: `{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:7: \n"}
{"Action":"skip","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p"}
`,
			want: "SKIPPED: p TestA: it gives no reason\n", ok: true,
		},
		{
			name: "of a failed test everything is shown, of its neighbours nothing",
			events: `{"Action":"output","Package":"p","Test":"TestA","Output":"quiet\n"}
{"Action":"output","Package":"p","Test":"TestB","Output":"=== CONT  TestB\n"}
{"Action":"output","Package":"p","Test":"TestB","Output":"got 1, want 2\n"}
{"Action":"fail","Package":"p","Test":"TestB"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Output":"FAIL\tp\t0.1s\n"}
{"Action":"fail","Package":"p"}
`,
			want: "got 1, want 2\nFAIL\tp\t0.1s\n",
		},
		{
			name: "a test that a panic cut short is shown",
			events: `{"Action":"output","Package":"p","Test":"TestA","Output":"panic: boom\n"}
{"Action":"output","Package":"p","Output":"FAIL\tp\t0.1s\n"}
{"Action":"fail","Package":"p"}
`,
			want: "FAIL\tp\t0.1s\npanic: boom\n",
		},
		{
			name: "what does not compile fails",
			events: `{"Action":"build-output","ImportPath":"p","Output":"a.go:1:1: expected package\n"}
{"Action":"build-fail","ImportPath":"p"}
`,
			want: "a.go:1:1: expected package\n",
		},
		{
			name:   "a line that is not JSON is passed on",
			events: "go: no such tool\n" + `{"Action":"pass","Package":"p"}`,
			want:   "go: no such tool\n", ok: true,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var out strings.Builder
			ok, err := report(&out, strings.NewReader(test.events))
			if err != nil {
				t.Fatal(err)
			}
			if out.String() != test.want || ok != test.ok {
				t.Errorf("report = %v and\n%s\nwant %v and\n%s", ok, out.String(), test.ok, test.want)
			}
		})
	}
}

func TestARunOfNothingIsNoSuccess(t *testing.T) {
	if ok, err := report(&strings.Builder{}, strings.NewReader("")); ok || err == nil {
		t.Errorf("report of no output = %v, %v, want an error", ok, err)
	}
}

func TestAPassWhoseOutputWasLostIsNoSuccessForOthers(t *testing.T) {
	var out strings.Builder
	ok, err := report(&out, strings.NewReader(`{"Action":"fail","Package":"p"}`+"\n"+`{"Action":"pass","Package":"q"}`))
	if ok || err != nil {
		t.Errorf("report with one failed package of two = %v, %v, want false", ok, err)
	}
}
