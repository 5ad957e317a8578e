package deploy_test

import (
	"maps"
	"slices"
	"testing"

	"callprobe/deploy"
)

func alertsOfRules(t *testing.T, rules deploy.Rules) map[string]deploy.Alert {
	t.Helper()
	list, err := rules.Alerts()
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]deploy.Alert{}
	for _, a := range list {
		byName[a.Name] = a
	}
	return byName
}

func TestAlertsAreThoseOfTheFile(t *testing.T) {
	list, err := deploy.DefaultRules().Alerts()
	if err != nil {
		t.Fatal(err)
	}
	want := shippedAlerts(t)
	if len(list) != len(want) {
		t.Fatalf("%d alerts, want %d", len(list), len(want))
	}
	for i, a := range list {
		if a.Name != want[i].Alert || !maps.Equal(a.Labels, want[i].Labels) || !maps.Equal(a.Annotations, want[i].Annotations) {
			t.Errorf("alert %d: %+v, want %+v", i, a, want[i])
		}
	}
}

func TestAnAlertNamesWhatItCarries(t *testing.T) {
	alerts := alertsOfRules(t, deploy.DefaultRules())
	for name, want := range map[string][]string{"NoActiveAgents": {"target"}, "ProbeStale": {"scenario", "target"}, "ProberDown": {"instance"}, "Watchdog": nil} {
		if got := alerts[name].Carried(); !slices.Equal(got, want) {
			t.Errorf("%s carries %q, want %q", name, got, want)
		}
	}
}

func TestTheAddressesOfAnAlertAreFilledIn(t *testing.T) {
	rules := deploy.DefaultRules()
	rules.TargetLabel, rules.ServiceURL = "agent", "https://probe.example"
	a := alertsOfRules(t, rules)["AgentHighLatency"]
	for target, want := range map[string]string{"support": "support", `a "b"/c & ü`: "a+%22b%22%2Fc+%26+%C3%BC"} {
		if got := a.Annotation("call_url", map[string]string{"agent": target}); got != "https://probe.example/calls?target="+want {
			t.Errorf("call_url is %s", got)
		}
	}
}
