package packages

import (
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/v2/lint"
	"helm.sh/helm/v4/pkg/chart/v2/lint/support"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

func TestEachValuesFileRendersWhatItAsksFor(t *testing.T) {
	want := map[string][]string{
		"cloud":       {"ConfigMap", "Deployment", "NetworkPolicy", "PersistentVolumeClaim", "PodDisruptionBudget", "PrometheusRule", "Service", "ServiceAccount", "ServiceMonitor"},
		"region":      {"NetworkPolicy", "PodDisruptionBudget", "PrometheusRule", "Service", "ServiceAccount", "ServiceMonitor", "StatefulSet"},
		"self-hosted": {"ConfigMap", "NetworkPolicy", "PodDisruptionBudget", "Service", "ServiceAccount", "ServiceMonitor", "StatefulSet"},
		"sweep":       {"CronJob", "CronJob", "NetworkPolicy", "ServiceAccount"},
		"by-scrape":   {"ConfigMap", "Deployment", "NetworkPolicy", "Probe", "PrometheusRule", "Service", "ServiceAccount", "ServiceMonitor"},
		"smallest":    {"ConfigMap", "Deployment", "NetworkPolicy", "PodDisruptionBudget", "Service", "ServiceAccount"},
	}
	seen := map[string]bool{}
	forEachValuesFile(t, func(t *testing.T, objects []object) {
		var got []string
		for _, o := range objects {
			got = append(got, o.kind)
			seen[o.kind] = true
		}
		slices.Sort(got)
		name := t.Name()[strings.LastIndex(t.Name(), "/")+1:]
		if !slices.Equal(got, want[name]) {
			t.Errorf("it renders %v, not %v", got, want[name])
		}
	})
	if len(seen) != len(kinds()) {
		t.Errorf("the values files render %v of the %d kinds", slices.Sorted(maps.Keys(seen)), len(kinds()))
	}
}

func TestHelmsOwnLinterHasNoComplaint(t *testing.T) {
	for name, values := range valuesFiles(t) {
		for _, m := range lint.RunAll(chartFolder, values, namespace).Messages {
			if m.Severity >= support.WarningSev {
				t.Errorf("%s: %s", name, m)
			}
		}
	}
}

func TestAStrictDecoderSeesAKeyThatIsMisspelledOrMisplaced(t *testing.T) {
	const good = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{name: http, port: 1}]}\n"
	if _, err := decode(good); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"in other case":  strings.Replace(good, "ports", "Ports", 1),
		"misspelled":     strings.Replace(good, "ports", "port", 1),
		"twice":          good + "kind: Service\n",
		"misplaced":      good + "replicas: 1\n",
		"a wrong type":   strings.Replace(good, "port: 1", "port: one", 1),
		"a Secret":       strings.Replace(good, "kind: Service", "kind: Secret", 1),
		"an old version": strings.Replace(good, "apiVersion: v1", "apiVersion: v1beta1", 1),
	} {
		if _, err := decode(bad); err == nil {
			t.Errorf("%s: nothing is said", name)
		}
	}
}

func TestValuesThatCannotWorkAreRefusedWithTheRemedy(t *testing.T) {
	with := func(change func(v common.Values)) common.Values {
		values := valuesFiles(t)["by-scrape"]
		change(values)
		return values
	}
	for name, tc := range map[string]struct {
		values common.Values
		says   string
	}{
		"no configuration":   {common.Values{}, "write config as in docs/callprobe.example.yml"},
		"two configurations": {with(func(v common.Values) { v["existingConfigMap"] = "a" }), "remove one"},
		"scrapes of shards":  {with(func(v common.Values) { v["serve"] = map[string]any{"shards": 2} }), "set serve.shards to 1"},
		"no shard":           {with(func(v common.Values) { v["serve"] = map[string]any{"shards": 0} }), "at least 1"},
		"a nameless job":     {with(func(v common.Values) { v["cronJobs"] = []any{map[string]any{"schedule": "@daily"}} }), "needs a name"},
		"a job never":        {with(func(v common.Values) { v["cronJobs"] = []any{map[string]any{"name": "a"}} }), "needs a schedule"},
		"an unknown value":   {with(func(v common.Values) { v["replicaCount"] = 3 }), "replicaCount"},
		"a typing error":     {with(func(v common.Values) { v["serve"] = map[string]any{"shard": 2} }), "shard"},
		"one further down":   {with(func(v common.Values) { v["serve"] = map[string]any{"recordings": map[string]any{"persist": true}} }), "persist"},
		"one in a job":       {with(func(v common.Values) { v["cronJobs"] = []any{map[string]any{"name": "a", "shedule": "@daily"}} }), "shedule"},
		"a job of no name":   {with(func(v common.Values) { v["cronJobs"] = []any{map[string]any{"name": "A b", "schedule": "@daily"}} }), "cronJobs"},
		"a secret twice":     {with(func(v common.Values) { v["secrets"] = []any{"a", "a"} }), "secrets"},
		"no drain ever":      {with(func(v common.Values) { v["podDisruptionBudget"] = map[string]any{"maxUnavailable": 0} }), "maxUnavailable"},
		"an address of none": {with(func(v common.Values) { ruleOf(v)["serviceURL"] = "callprobe.example" }), "serviceURL"},
	} {
		if _, err := tryRender(t.Context(), "eu", tc.values); err == nil || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: it says %v", name, err)
		}
	}
}

func TestTheNotesSayWhatIsStillMissing(t *testing.T) {
	local := valuesFiles(t)["cloud"]
	ruleOf(local)["serviceURL"] = ""
	for name, tc := range map[string]struct {
		values   common.Values
		has, not string
	}{
		"no rules":              {valuesFiles(t)["smallest"], "No alert rules are installed", "localhost: set"},
		"links to localhost":    {local, "The links of pages lead to localhost: set monitoring.prometheusRule.serviceURL", "No alert rules"},
		"links to where it is":  {valuesFiles(t)["cloud"], "It reads the Secret livekit: a pod that stays in ContainerCreating", "localhost: set"},
		"more than one secret":  {valuesFiles(t)["self-hosted"], "It reads the Secrets livekit, livekit-test: ", "localhost: set"},
		"nothing to forward to": {valuesFiles(t)["sweep"], "callprobe runs as callprobe-eu in voice.", "port-forward"},
	} {
		files, err := renderAll(t.Context(), "eu", tc.values)
		if text := files[notes]; err != nil || !strings.Contains(text, tc.has) || strings.Contains(text, tc.not) {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
}

// ruleOf returns the values of the alert rules.
func ruleOf(v common.Values) map[string]any {
	monitoring, _ := v["monitoring"].(map[string]any)
	rule, _ := monitoring["prometheusRule"].(map[string]any)
	return rule
}

func TestTheAlertRulesOfTheChartAreThoseThatCallprobePrints(t *testing.T) {
	if read(t, chartFolder+"/rules/prometheusrule.yaml") != callprobe(t, "rules", "--output=prometheusrule") {
		t.Error("the chart has other rules: make chart-rules")
	}
	for name, tc := range map[string]struct {
		set   map[string]any
		flags []string
	}{
		"as they are":      {map[string]any{"serviceURL": "", "grafanaURL": ""}, nil},
		"with addresses":   {map[string]any{"serviceURL": "https://c.example/p/", "grafanaURL": "https://g.example/"}, []string{"--service-url=https://c.example/p", "--grafana-url=https://g.example"}},
		"with a wiki, too": {map[string]any{"runbookURL": "https://w.example/r/"}, []string{"--service-url=https://callprobe.example", "--grafana-url=https://grafana.example", "--runbook-url=https://w.example/r"}},
	} {
		t.Run(name, func(t *testing.T) {
			values := valuesFiles(t)["cloud"]
			maps.Copy(ruleOf(values), tc.set)
			var want monitoringv1.PrometheusRule
			if err := yaml.UnmarshalStrict([]byte(callprobe(t, append([]string{"rules", "--output=prometheusrule"}, tc.flags...)...)), &want); err != nil {
				t.Fatal(err)
			}
			got := find[*monitoringv1.PrometheusRule](t, render(t, "eu", values))
			if len(got.Spec.Groups) == 0 || !reflect.DeepEqual(got.Spec, want.Spec) {
				t.Error("what the chart renders differs from what callprobe prints")
			}
		})
	}
}

// The rules find callprobe by the name of its job, which is that of the service, or
// is said to the Probe.
func TestJobsAreNamedAsTheAlertRulesExpect(t *testing.T) {
	selector := regexp.MustCompile(`up\{job=~"([^"]+)"\}`).FindStringSubmatch(read(t, "../prometheus/callprobe.rules.yml"))
	if selector == nil {
		t.Fatal("the rules select no job")
	}
	job := regexp.MustCompile("^(?:" + selector[1] + ")$")
	for _, release := range []string{"eu", "callprobe", "callprobe-eu", strings.Repeat("a", 53)} {
		objects := render(t, release, valuesFiles(t)["by-scrape"])
		service, monitor, probe := find[*corev1.Service](t, objects), find[*monitoringv1.ServiceMonitor](t, objects), find[*monitoringv1.Probe](t, objects)
		if !job.MatchString(service.Name) || !job.MatchString(probe.Spec.JobName) {
			t.Errorf("release %s: the jobs are %s and %s", release, service.Name, probe.Spec.JobName)
		}
		if len(service.Name) > 63 {
			t.Errorf("release %s: %s is no name of a service", release, service.Name)
		}
		for key, value := range monitor.Spec.Selector.MatchLabels {
			if service.Labels[key] != value {
				t.Errorf("release %s: the monitor selects %s=%s, the service has %q", release, key, value, service.Labels[key])
			}
		}
		if probe.Spec.ProberSpec.URL != service.Name+"."+namespace+".svc:9877" {
			t.Errorf("release %s: the probe asks %s", release, probe.Spec.ProberSpec.URL)
		}
	}
}

// A scrape carries pair, as the operator's own relabelling leaves it in
// __param_target; the chart's makes target and scenario of it.
func TestAProbeAsksForTargetAndScenario(t *testing.T) {
	probe := find[*monitoringv1.Probe](t, render(t, "eu", valuesFiles(t)["by-scrape"]))
	labels := map[string]string{"__param_target": probe.Spec.Targets.StaticConfig.Targets[0]}
	for _, r := range probe.Spec.Targets.StaticConfig.RelabelConfigs {
		pattern := regexp.MustCompile("^(?:" + r.Regex + ")$")
		from := labels[string(r.SourceLabels[0])]
		if pattern.MatchString(from) {
			labels[r.TargetLabel] = pattern.ReplaceAllString(from, *r.Replacement)
		}
	}
	if labels["__param_target"] != "sales" || labels["__param_scenario"] != "opening-hours" {
		t.Errorf("it asks for %v", labels)
	}
}

func TestSelectorsFindThePodsOfTheirWorkloadAndNoOthers(t *testing.T) {
	forEachValuesFile(t, func(t *testing.T, objects []object) {
		for _, p := range pods(t, objects) {
			if p.selector == nil {
				continue
			}
			for key, value := range p.selector {
				if p.template.Labels[key] != value {
					t.Errorf("%s selects %s=%s, its pods have %q", p.name, key, value, p.template.Labels[key])
				}
			}
			if service := find[*corev1.Service](t, objects); !reflect.DeepEqual(service.Spec.Selector, p.selector) {
				t.Errorf("the service selects %v, the workload %v", service.Spec.Selector, p.selector)
			}
		}
	})
}

func TestOneProcessIsReplacedBeforeTheNextAndManyAreAStatefulSet(t *testing.T) {
	one := find[*appsv1.Deployment](t, render(t, "eu", valuesFiles(t)["cloud"]))
	if *one.Spec.Replicas != 1 || one.Spec.Strategy.Type != appsv1.RecreateDeploymentStrategyType {
		t.Errorf("one process: %d replicas, strategy %s: two at a time would call everything twice", *one.Spec.Replicas, one.Spec.Strategy.Type)
	}
	many := find[*appsv1.StatefulSet](t, render(t, "eu", valuesFiles(t)["region"]))
	if *many.Spec.Replicas != 10 || many.Spec.PodManagementPolicy != appsv1.ParallelPodManagement || len(many.Spec.VolumeClaimTemplates) != 1 {
		t.Errorf("ten processes: %d replicas, %s, %d claims each", *many.Spec.Replicas, many.Spec.PodManagementPolicy, len(many.Spec.VolumeClaimTemplates))
	}
}

func TestASweepTriesNothingTwiceAndOneAgentThatFailsEndsNoOther(t *testing.T) {
	for _, o := range render(t, "eu", valuesFiles(t)["sweep"]) {
		job, ok := o.as.(*batchv1.CronJob)
		if !ok {
			continue
		}
		spec := job.Spec.JobTemplate.Spec
		if *spec.CompletionMode != batchv1.IndexedCompletion || spec.BackoffLimitPerIndex == nil || *spec.BackoffLimitPerIndex != 0 || spec.BackoffLimit != nil || spec.MaxFailedIndexes != nil {
			t.Errorf("%s: %+v", job.Name, spec)
		}
		if spec.Template.Spec.RestartPolicy != corev1.RestartPolicyNever || spec.ActiveDeadlineSeconds == nil || job.Spec.ConcurrencyPolicy != batchv1.ForbidConcurrent {
			t.Errorf("%s is tried again, has no end, or overlaps", job.Name)
		}
	}
}
