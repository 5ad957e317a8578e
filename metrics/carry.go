package metrics

import (
	"math"
	"slices"

	dto "github.com/prometheus/client_model/go"
)

// carry adds to live what earlier runs counted: counters and histograms. A
// histogram whose buckets have changed since then begins anew, as does a series
// that is no more.
func carry(live, earlier []*dto.MetricFamily) []*dto.MetricFamily {
	for _, f := range live {
		before := slices.IndexFunc(earlier, func(e *dto.MetricFamily) bool {
			return e.GetName() == f.GetName() && e.GetType() == f.GetType()
		})
		if before < 0 {
			continue
		}
		for _, m := range f.Metric {
			for _, e := range earlier[before].Metric {
				if sameLabels(m, e) {
					addTo(m, e)
				}
			}
		}
	}
	return live
}

func addTo(m, earlier *dto.Metric) {
	if m.Counter != nil {
		*m.Counter.Value += earlier.GetCounter().GetValue()
	}
	h, e := m.Histogram, earlier.Histogram
	if h == nil || e == nil || !slices.EqualFunc(h.Bucket, finite(e.Bucket), func(a, b *dto.Bucket) bool {
		return a.GetUpperBound() == b.GetUpperBound()
	}) {
		return
	}
	*h.SampleCount += e.GetSampleCount()
	*h.SampleSum += e.GetSampleSum()
	for i := range h.Bucket {
		*h.Bucket[i].CumulativeCount += e.Bucket[i].GetCumulativeCount()
	}
}

// finite leaves out the last bucket that the text format adds: it holds
// everything.
func finite(buckets []*dto.Bucket) []*dto.Bucket {
	return slices.DeleteFunc(slices.Clone(buckets), func(b *dto.Bucket) bool { return math.IsInf(b.GetUpperBound(), 1) })
}

func sameLabels(a, b *dto.Metric) bool {
	if len(a.Label) != len(b.Label) {
		return false
	}
	for _, l := range a.Label {
		if !slices.ContainsFunc(b.Label, func(other *dto.LabelPair) bool {
			return other.GetName() == l.GetName() && other.GetValue() == l.GetValue()
		}) {
			return false
		}
	}
	return true
}

// label returns the value of a label, empty when there is none.
func label(m *dto.Metric, name string) string {
	for _, l := range m.Label {
		if l.GetName() == name {
			return l.GetValue()
		}
	}
	return ""
}

// ofLabels returns the series that have all these labels.
func ofLabels(families map[string]*dto.MetricFamily, labels map[string]string) []*dto.MetricFamily {
	var found []*dto.MetricFamily
	for _, f := range families {
		out := &dto.MetricFamily{Name: f.Name, Type: f.Type}
		for _, m := range f.Metric {
			if hasLabels(m, labels) {
				out.Metric = append(out.Metric, m)
			}
		}
		if len(out.Metric) > 0 {
			found = append(found, out)
		}
	}
	return found
}

func hasLabels(m *dto.Metric, labels map[string]string) bool {
	for name, value := range labels {
		if label(m, name) != value {
			return false
		}
	}
	return true
}
