package packages

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// workload is something that makes pods.
type workload struct {
	kind, name string
	template   *corev1.PodTemplateSpec
	// selector is nil for jobs.
	selector map[string]string
	// pods is how many there are.
	pods int
	// claims are the volumes that each pod is given.
	claims []string
}

// pods returns what makes pods among the rendered objects; at least one.
func pods(t *testing.T, objects []object) []workload {
	t.Helper()
	var found []workload
	for _, o := range objects {
		switch w := o.as.(type) {
		case *appsv1.Deployment:
			found = append(found, workload{"Deployment", w.Name, &w.Spec.Template, w.Spec.Selector.MatchLabels, int(*w.Spec.Replicas), nil})
		case *appsv1.StatefulSet:
			one := workload{"StatefulSet", w.Name, &w.Spec.Template, w.Spec.Selector.MatchLabels, int(*w.Spec.Replicas), nil}
			for _, c := range w.Spec.VolumeClaimTemplates {
				one.claims = append(one.claims, c.Name)
			}
			found = append(found, one)
		case *batchv1.CronJob:
			spec := &w.Spec.JobTemplate.Spec
			found = append(found, workload{"CronJob", w.Name, &spec.Template, nil, int(*spec.Completions), nil})
		}
	}
	if len(found) == 0 {
		t.Fatal("nothing makes pods")
	}
	return found
}

// The judge is Kubernetes' own: the evaluator of its Pod Security admission.
func TestEveryPodIsWithinTheRestrictedProfile(t *testing.T) {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	restricted := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	judge := func(template *corev1.PodTemplateSpec) policy.AggregateCheckResult {
		return policy.AggregateCheckResults(evaluator.EvaluatePod(restricted, &template.ObjectMeta, &template.Spec))
	}
	forEachValuesFile(t, func(t *testing.T, objects []object) {
		for _, w := range pods(t, objects) {
			if verdict := judge(w.template); !verdict.Allowed {
				t.Errorf("%s %s: %s", w.kind, w.name, verdict.ForbiddenDetail())
			}
			// That the judge is awake.
			w.template.Spec.Containers[0].SecurityContext.Capabilities = nil
			if judge(w.template).Allowed {
				t.Error("a container with all capabilities is allowed")
			}
		}
	})
}

// More than the profile asks for.
func TestEveryPodHasNoTokenAReadOnlyRootAndAMemoryLimit(t *testing.T) {
	forEachValuesFile(t, func(t *testing.T, objects []object) {
		for _, w := range pods(t, objects) {
			spec := w.template.Spec
			if spec.AutomountServiceAccountToken == nil || *spec.AutomountServiceAccountToken {
				t.Errorf("%s has a token of the API server", w.name)
			}
			c := spec.Containers[0]
			if c.SecurityContext.ReadOnlyRootFilesystem == nil || !*c.SecurityContext.ReadOnlyRootFilesystem {
				t.Errorf("%s can write to its root", w.name)
			}
			if c.Resources.Limits.Memory().IsZero() || c.Resources.Requests.Cpu().IsZero() || c.Resources.Requests.Memory().IsZero() {
				t.Errorf("%s has no memory limit or no requests: %v", w.name, c.Resources)
			}
			if w.kind == "CronJob" {
				continue
			}
			if c.LivenessProbe == nil || c.ReadinessProbe == nil || c.StartupProbe == nil {
				t.Fatalf("%s is not watched", w.name)
			}
			if live, ready := c.LivenessProbe.HTTPGet, c.ReadinessProbe.HTTPGet; live != nil && (live.Path != "/-/healthy" || ready.Path != "/-/ready") {
				t.Errorf("%s is asked %s and %s", w.name, live.Path, ready.Path)
			}
		}
	})
}

func TestSecretsAreMountedByReferenceAndStandNowhere(t *testing.T) {
	forEachValuesFile(t, func(t *testing.T, objects []object) {
		for _, w := range pods(t, objects) {
			volumes := map[string]corev1.Volume{}
			for _, v := range w.template.Spec.Volumes {
				volumes[v.Name] = v
			}
			for _, name := range w.claims {
				volumes[name] = corev1.Volume{Name: name}
			}
			secrets := 0
			for _, m := range w.template.Spec.Containers[0].VolumeMounts {
				v, ok := volumes[m.Name]
				if !ok {
					t.Errorf("%s mounts %s, which is no volume of it", w.name, m.Name)
				}
				if v.Secret != nil {
					secrets++
					if !m.ReadOnly || m.SubPath != "" || *v.Secret.DefaultMode != 0o440 {
						t.Errorf("%s mounts the secret %s to write, by sub-path, or for all to read", w.name, v.Secret.SecretName)
					}
				}
				delete(volumes, m.Name)
			}
			if len(volumes) > 0 || secrets == 0 {
				t.Errorf("%s: volumes that nobody mounts: %v; secrets mounted: %d", w.name, volumes, secrets)
			}
			for _, e := range w.template.Spec.Containers[0].Env {
				if e.ValueFrom == nil || e.ValueFrom.FieldRef == nil {
					t.Errorf("%s has the variable %s, which may be anything", w.name, e.Name)
				}
			}
			for _, arg := range w.template.Spec.Containers[0].Args {
				if strings.Contains(arg, "secret=") {
					t.Errorf("%s has a secret in its arguments", w.name)
				}
			}
		}
	})
}
