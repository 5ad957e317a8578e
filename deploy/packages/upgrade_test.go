package packages

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v4/pkg/chart/common"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
)

// fixed says of an object what the API server lets nobody change; empty is free.
func fixed(as any) string {
	var parts []string
	switch o := as.(type) {
	case *corev1.Service:
		// Without one it is given one, which an upgrade that says none leaves alone.
		return "cluster IP " + o.Spec.ClusterIP
	case *appsv1.Deployment:
		parts = labels(o.Spec.Selector.MatchLabels)
	case *appsv1.StatefulSet:
		parts = append(labels(o.Spec.Selector.MatchLabels), o.Spec.ServiceName, string(o.Spec.PodManagementPolicy))
	}
	return strings.Join(parts, " ")
}

func labels(all map[string]string) []string {
	var texts []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		texts = append(texts, name+"="+all[name])
	}
	return texts
}

// What claims of shards ask for cannot be changed either: that stands in values.yaml.
func TestAReleaseCanBeUpgradedFromAnyValuesToAnyOthers(t *testing.T) {
	files := valuesFiles(t)
	for from, before := range files {
		for to, after := range files {
			old := map[string]any{}
			for _, o := range render(t, "eu", before) {
				old[o.kind+" "+o.name] = o.as
			}
			for _, o := range render(t, "eu", after) {
				was, there := old[o.kind+" "+o.name]
				if there && fixed(was) != fixed(o.as) {
					t.Errorf("from %s to %s: %s %s has %q, and had %q, which cannot change", from, to, o.kind, o.name, fixed(o.as), fixed(was))
				}
			}
		}
	}
}

func TestRecordingsOutliveTheRelease(t *testing.T) {
	claim := find[*corev1.PersistentVolumeClaim](t, render(t, "eu", valuesFiles(t)["cloud"]))
	if claim.Annotations["helm.sh/resource-policy"] != "keep" {
		t.Error("an upgrade to several processes deletes the recordings of the one")
	}
	shards := find[*appsv1.StatefulSet](t, render(t, "eu", valuesFiles(t)["region"]))
	if got := shards.Spec.PersistentVolumeClaimRetentionPolicy.WhenDeleted; got != appsv1.RetainPersistentVolumeClaimRetentionPolicyType {
		t.Errorf("the claims of shards: %s", got)
	}
}

// Two releases in a namespace, however alike their names, and their jobs.
func TestNoTwoObjectsHaveOneName(t *testing.T) {
	values := func() common.Values {
		v := valuesFiles(t)["cloud"]
		v["cronJobs"] = []any{
			map[string]any{"name": "nightly-of-everything-there-is", "schedule": "@daily"}, map[string]any{"name": "nightly-of-everything-there-will-be", "schedule": "@daily"},
		}
		return v
	}
	long := strings.Repeat("a", 51)
	names := map[string]bool{}
	for _, release := range []string{"eu", "callprobe", "callprobe-" + strings.Repeat("b", 43), long + "-1", long + "-2"} {
		for _, o := range render(t, release, values()) {
			if id := o.kind + " " + o.name; names[id] {
				t.Errorf("release %s: another %s is there", release, id)
			} else {
				names[id] = true
			}
			most := 63
			if o.kind == "CronJob" || o.kind == "StatefulSet" {
				most = 52 // What is made of them is called so and by 11 letters more.
			}
			if wrong := validation.IsDNS1123Label(o.name); len(wrong) > 0 || len(o.name) > most {
				t.Errorf("release %s: %s %q is too long or %v", release, o.kind, o.name, wrong)
			}
		}
	}
	if len(names) < 40 {
		t.Errorf("only %d objects", len(names))
	}
}

// A name that a Secret may have is not always one for a volume.
func TestVolumesHaveNamesWhateverTheirSecretsAreCalled(t *testing.T) {
	values := valuesFiles(t)["self-hosted"]
	values["secrets"], values["scenarios"] = []any{"livekit.prod", strings.Repeat("s", 52)}, []any{"v2.scenarios"}
	for _, w := range pods(t, render(t, "eu", values)) {
		for _, v := range w.template.Spec.Volumes {
			if wrong := validation.IsDNS1123Label(v.Name); len(wrong) > 0 {
				t.Errorf("volume %s: %v", v.Name, wrong)
			}
		}
		for _, m := range w.template.Spec.Containers[0].VolumeMounts {
			if m.MountPath == "/etc/callprobe-secrets/livekit.prod" {
				return
			}
		}
	}
	t.Error("the secret is mounted nowhere")
}
