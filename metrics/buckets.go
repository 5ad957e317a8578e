package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Buckets are in seconds. Those of replies hold every limit that alert rules
// ask for (0.3, 0.5, 0.8, 1, 1.5, 2, 3, 5) and reach 30 s, so that a quantile of
// slow replies is not clamped to a limit.
func replyBuckets() []float64 {
	return []float64{
		0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75, 2, 2.5, 3, 4, 5, 6.5, 8, 10, 13, 20, 30,
	}
}

func phaseBuckets() []float64 {
	return []float64{0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 20, 30}
}

func latenessBuckets() []float64 {
	return []float64{0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1}
}

// histogram describes a histogram; with native it is both classic and native.
func histogram(name, help string, buckets []float64, native bool) prometheus.HistogramOpts {
	opts := prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}
	if native {
		opts.NativeHistogramBucketFactor = 1.1
		opts.NativeHistogramMaxBucketNumber = 160
		opts.NativeHistogramMinResetDuration = time.Hour
	}
	return opts
}
