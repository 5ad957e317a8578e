// Package packages holds the tests of what callprobe is installed from: the image
// and the Helm chart. It is a module of its own, because the libraries that read
// those formats are many times as large as callprobe.
package packages

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/engine"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

const (
	chartFolder  = "../kubernetes/callprobe"
	valuesFolder = "../kubernetes/values"
	namespace    = "voice"
)

// valuesFiles returns the example values, by the name of their file.
func valuesFiles(t *testing.T) map[string]common.Values {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(valuesFolder, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) < 5 {
		t.Fatalf("%s has %d values files: the chart is to be rendered for at least five", valuesFolder, len(paths))
	}
	files := map[string]common.Values{}
	for _, path := range paths {
		values, err := common.ReadValuesFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[strings.TrimSuffix(filepath.Base(path), ".yaml")] = values
	}
	return files
}

// forEachValuesFile renders the chart with each of the example values.
func forEachValuesFile(t *testing.T, check func(t *testing.T, objects []object)) {
	t.Helper()
	files := valuesFiles(t)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		t.Run(name, func(t *testing.T) { check(t, render(t, "eu", files[name])) })
	}
}

// render renders the chart as `helm template` does and decodes what comes out.
func render(t *testing.T, release string, values common.Values) []object {
	t.Helper()
	text, err := tryRender(t.Context(), release, values)
	if err != nil {
		t.Fatal(err)
	}
	objects, err := decodeAll(text)
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

// notes is where the text stands that helm install ends with.
const notes = "callprobe/templates/NOTES.txt"

func tryRender(ctx context.Context, release string, values common.Values) (map[string]string, error) {
	files, err := renderAll(ctx, release, values)
	delete(files, notes)
	return files, err
}

func renderAll(ctx context.Context, release string, values common.Values) (map[string]string, error) {
	chart, err := loader.Load(chartFolder)
	if err != nil {
		return nil, err
	}
	capabilities := common.DefaultCapabilities
	options := common.ReleaseOptions{Name: release, Namespace: namespace, IsInstall: true, Revision: 1}
	top, err := util.ToRenderValues(chart, values, options, capabilities)
	if err != nil {
		return nil, err
	}
	return engine.Engine{Strict: true}.RenderWithContext(ctx, chart, top)
}

// object is a rendered object of Kubernetes or of the Prometheus operator.
type object struct {
	kind, name string
	// as is what it was decoded to.
	as any
}

// kinds are the types of what the chart may render.
func kinds() map[string]func() any {
	operator := monitoring.GroupName + "/" + monitoringv1.Version
	return map[string]func() any{
		"v1 ConfigMap":                       func() any { return &corev1.ConfigMap{} },
		"v1 Service":                         func() any { return &corev1.Service{} },
		"v1 ServiceAccount":                  func() any { return &corev1.ServiceAccount{} },
		"v1 PersistentVolumeClaim":           func() any { return &corev1.PersistentVolumeClaim{} },
		"apps/v1 Deployment":                 func() any { return &appsv1.Deployment{} },
		"apps/v1 StatefulSet":                func() any { return &appsv1.StatefulSet{} },
		"batch/v1 CronJob":                   func() any { return &batchv1.CronJob{} },
		"networking.k8s.io/v1 NetworkPolicy": func() any { return &networkingv1.NetworkPolicy{} },
		"policy/v1 PodDisruptionBudget":      func() any { return &policyv1.PodDisruptionBudget{} },
		operator + " ServiceMonitor":         func() any { return &monitoringv1.ServiceMonitor{} },
		operator + " Probe":                  func() any { return &monitoringv1.Probe{} },
		operator + " PrometheusRule":         func() any { return &monitoringv1.PrometheusRule{} },
	}
}

// decodeAll decodes every document of every file. A key that the type does not have
// is an error, and so is one that is there twice.
func decodeAll(files map[string]string) ([]object, error) {
	var objects []object
	for _, file := range slices.Sorted(maps.Keys(files)) {
		for document := range strings.SplitSeq("\n"+files[file], "\n---") {
			if strings.TrimSpace(document) == "" {
				continue
			}
			o, err := decode(document)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			objects = append(objects, o)
		}
	}
	return objects, nil
}

func decode(document string) (object, error) {
	var head struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Metadata   struct {
			Name string `json:"name"`
		} `json:"metadata"`
	}
	if err := yaml.Unmarshal([]byte(document), &head); err != nil {
		return object{}, err
	}
	build, known := kinds()[head.APIVersion+" "+head.Kind]
	if !known {
		return object{}, fmt.Errorf("%s %s is not among what the chart may render:\n%s", head.APIVersion, head.Kind, document)
	}
	o := object{kind: head.Kind, name: head.Metadata.Name, as: build()}
	text, err := yaml.YAMLToJSONStrict([]byte(document))
	if err != nil {
		return object{}, err
	}
	// The API server's own decoder: it minds the case of a key, which
	// encoding/json does not.
	strict, err := json.UnmarshalStrict(text, o.as)
	if err := errors.Join(append(strict, err)...); err != nil {
		return object{}, fmt.Errorf("%s %s: %w", head.Kind, head.Metadata.Name, err)
	}
	return o, nil
}

// find returns the one object of a type, or the zero value where there is none.
func find[T any](t *testing.T, objects []object) (found T) {
	t.Helper()
	n := 0
	for _, o := range objects {
		if as, ok := o.as.(T); ok {
			found = as
			n++
		}
	}
	if n > 1 {
		t.Fatalf("there are %d of %T", n, found)
	}
	return found
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
