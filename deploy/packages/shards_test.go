package packages

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

// limit bounds one run of callprobe that makes no call.
const limit = 2 * time.Minute

// binary returns the program under test.
func binary(t *testing.T) string {
	t.Helper()
	path := os.Getenv("CALLPROBE")
	if path == "" {
		t.Skip("CALLPROBE names no binary of callprobe: make test-deploy builds one")
	}
	return path
}

// callprobe runs the program and returns what it prints.
func callprobe(t *testing.T, args ...string) string {
	t.Helper()
	out, said, code := try(t, args...)
	if code != 0 {
		t.Fatalf("callprobe %s: exit %d: %s", strings.Join(args, " "), code, said)
	}
	return out
}

func try(t *testing.T, args ...string) (out, said string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary(t), args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && (!ok || exit.ExitCode() < 0) {
		t.Fatalf("callprobe %s: %v: %s", strings.Join(args, " "), err, stderr.String())
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
}

// mounted writes a configuration, and all files that it names, as a pod would see
// them, below a folder of the test's.
func mounted(t *testing.T, text string) string {
	t.Helper()
	root := t.TempDir()
	write := func(path, text string) {
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range regexp.MustCompile(`/etc/callprobe-secrets/[a-z-]+/[a-z-]+`).FindAllString(text, -1) {
		write(root+path, "credential\n")
	}
	for _, path := range regexp.MustCompile(`/etc/callprobe-scenarios/[a-z-]+/[a-z-]+\.yaml`).FindAllString(text, -1) {
		write(root+path, "turns: [{silence: 1s}]\n")
	}
	file := root + "/etc/callprobe/callprobe.yml"
	write(file, regexp.MustCompile(`/(etc/callprobe-|var/lib/)`).ReplaceAllString(text, root+"/$1"))
	return file
}

func TestEachConfigurationThatTheChartRendersIsAcceptedByCallprobe(t *testing.T) {
	configured := 0
	forEachValuesFile(t, func(t *testing.T, objects []object) {
		c := find[*corev1.ConfigMap](t, objects)
		if c == nil {
			return
		}
		configured++
		if out := callprobe(t, "check", "--config.file="+mounted(t, c.Data["callprobe.yml"])); !strings.Contains(out, "probes ") {
			t.Errorf("it says %s", out)
		}
	})
	if configured < 3 {
		t.Errorf("%d values files hold a configuration", configured)
	}
}

// What callprobe reads of the arguments, it must be able to read; it ends at the
// configuration, which is not there.
func TestCallprobeKnowsEveryArgumentOfEveryPod(t *testing.T) {
	forEachValuesFile(t, func(t *testing.T, objects []object) {
		for _, w := range pods(t, objects) {
			var args []string
			for _, arg := range shardArgs(t, w, 0) {
				args = append(args, strings.ReplaceAll(arg, "/etc/callprobe/", t.TempDir()+"/"))
			}
			if _, said, code := try(t, args...); code != 2 || !strings.Contains(said, "read configuration: stat ") {
				t.Errorf("callprobe %s: exit %d: %s", strings.Join(args, " "), code, said)
			}
		}
	})
}

// shardArgs are the arguments of a pod, as the kubelet expands them.
func shardArgs(t *testing.T, w workload, index int) []string {
	t.Helper()
	c := w.template.Spec.Containers[0]
	var pairs []string
	for _, e := range c.Env {
		want := "metadata.labels['" + appsv1.PodIndexLabel + "']"
		if w.kind == "CronJob" {
			want = "metadata.annotations['" + batchv1.JobCompletionIndexAnnotation + "']"
		}
		if e.ValueFrom.FieldRef.FieldPath != want {
			t.Errorf("%s %s: %s is %s, and the index of a pod is %s", w.kind, w.name, e.Name, e.ValueFrom.FieldRef.FieldPath, want)
		}
		pairs = append(pairs, "$("+e.Name+")", fmt.Sprint(index))
	}
	args := make([]string, len(c.Args))
	for i, arg := range c.Args {
		if args[i] = strings.NewReplacer(pairs...).Replace(arg); strings.Contains(args[i], "$(") {
			t.Errorf("%s %s: nobody says what %s is", w.kind, w.name, arg)
		}
	}
	return args
}

// thousand is a configuration of a thousand targets.
func thousand() string {
	var b strings.Builder
	b.WriteString("targets:\n")
	for i := range 1000 {
		fmt.Fprintf(&b, "  - name: agent-%04d\n    url: wss://agents.example\n    agent_name: agent-%04d\n", i, i)
		b.WriteString("    api_key_file: /etc/callprobe-secrets/livekit/api-key\n    api_secret_file: /etc/callprobe-secrets/livekit/api-secret\n")
	}
	b.WriteString("probes: [{scenario: /etc/callprobe-scenarios/own/hello.yaml, interval: 5m}]\n")
	return b.String()
}

// The rule is the program's own; the chart's part is to tell each pod which one it
// is, and of how many.
func TestThePodsOfTheChartHaveEachOfAThousandTargetsExactlyOnce(t *testing.T) {
	file := mounted(t, thousand())
	sharded := 0
	forEachValuesFile(t, func(t *testing.T, objects []object) {
		for _, w := range pods(t, objects) {
			if w.pods == 1 {
				for _, arg := range w.template.Spec.Containers[0].Args {
					if strings.HasPrefix(arg, "--shard") {
						t.Errorf("%s is one pod, and is told %s", w.name, arg)
					}
				}
				continue
			}
			sharded++
			for i := range w.pods {
				args := strings.Join(shardArgs(t, w, i), " ") + " "
				if want := fmt.Sprintf("--shard.count=%d --shard.index=%d ", w.pods, i); !strings.Contains(args, want) {
					t.Errorf("pod %d of %s is told %s, not %s", i, w.name, args, want)
				}
			}
			owners := map[string]int{}
			listed := callprobe(t, "check", "--config.file="+file, fmt.Sprintf("--shard.count=%d", w.pods))
			for line := range strings.Lines(listed) {
				for _, name := range strings.Fields(line)[4:] {
					owners[name]++
				}
			}
			for name, n := range owners {
				if n != 1 {
					t.Errorf("%s falls to %d pods of %s", name, n, w.name)
				}
			}
			if len(owners) != 1000 {
				t.Errorf("%d of 1000 targets fall to the pods of %s", len(owners), w.name)
			}
		}
	})
	if sharded < 3 {
		t.Errorf("%d workloads of the values files have several pods", sharded)
	}
}
