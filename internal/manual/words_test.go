package manual_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"callprobe/internal/config"
	"callprobe/scenarios"
)

// wordsOfOthers are names in code type that are not callprobe's, with whose they
// are or what they are.
func wordsOfOthers() map[string]string {
	return map[string]string{
		"scrape_interval": "Prometheus", "scrape_timeout": "Prometheus", "scrape_native_histograms": "Prometheus", "always_scrape_classic_histograms": "Prometheus",
		"histogram_quantile": "Prometheus", "external_labels": "Prometheus", "alert_relabel_configs": "Prometheus",
		"prometheus_client": "Python", "_created": "OpenMetrics", "node_textfile_mtime_seconds": "node_exporter",
		"repeat_interval": "Alertmanager", "group_by": "Alertmanager", "group_wait": "Alertmanager", "group_interval": "Alertmanager",
		"roomio_audio": "LiveKit's agents", "active_jobs": "LiveKit's agents",
		"room_started": "LiveKit's webhooks", "room_finished": "LiveKit's webhooks", "participant_joined": "LiveKit's webhooks",
		"said_silently": "the lab's log", "not_understood": "the lab's log",
		"cmu_us_slt_arctic_hts": "a voice of Flite", "kal_diphone": "a voice of Festival", "recording.json.gz": "a file of a call",
		"budget_calls": "a reason to skip", "budget_minutes": "a reason to skip",
	}
}

// keyPaths are the paths of all keys of both formats, without the marks of lists.
func keyPaths(t *testing.T) []string {
	t.Helper()
	var paths []string
	for _, schema := range [][]byte{config.Schema(), scenarios.Schema()} {
		for _, g := range groups(t, schema) {
			for _, k := range g.Keys {
				paths = append(paths, "."+strings.ReplaceAll(k.Path, "[]", ""))
			}
		}
	}
	return paths
}

func TestEveryNameInCodeTypeIsOneThatExists(t *testing.T) {
	known, metrics, others, paths := fields(t), series(t), wordsOfOthers(), keyPaths(t)
	// A name with an underscore, or a path to a key: limits.call.
	name := regexp.MustCompile("`([a-z0-9_]*_[a-z0-9_]*|(?:targets|probes|budget|limits|recording|web|greeting|turns|reply|stt)\\.[a-z_.]+)(?::[^`]*)?`")
	checked := 0
	for _, path := range documents(t) {
		// What deploy/agents describes is code of others.
		if !strings.HasSuffix(path, ".md") || strings.HasPrefix(path, "deploy/agents/") {
			continue
		}
		for i, line := range strings.Split(read(t, path), "\n") {
			for _, m := range name.FindAllStringSubmatch(line, -1) {
				word := m[1]
				switch {
				case strings.Contains(word, ".") && slices.ContainsFunc(paths, func(p string) bool { return strings.HasSuffix(p, "."+word) }),
					known[word], metrics[word], strings.HasSuffix(word, "_"):
					checked++
				case others[word] != "":
				case word == "stt.outcome": // A field of a report, not a key.
				default:
					t.Errorf("%s:%d: nothing is called %s: no key, field, reason or metric; if it is somebody else's, say whose in wordsOfOthers", path, i+1, word)
				}
			}
		}
	}
	if checked < 100 {
		t.Errorf("only %d names were found", checked)
	}
}
