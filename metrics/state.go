package metrics

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"callprobe/internal/filelock"
)

// State keeps what one-shot runs count from one run to the next, in a file in
// Prometheus' text format. It is locked while it is open.
type State struct {
	m    *Metrics
	path string
	lock *os.File
	// Damaged, if set, says that the file could not be read, why, and where
	// it was put: the counters begin anew.
	Damaged error
}

// The first and the last line of a state file. Without the last one, it was cut
// off.
const (
	stateHead = "# callprobe state, version 1\n"
	stateEnd  = "# EOF\n"
)

// agentState holds who answered the latest call of a pair. It is never exposed.
const agentState = "callprobe_state_agent_info"

// OpenState locks the state at path against other runs and takes over what they
// have counted. Configure first: what was counted of pairs that are no more is
// let go. A file that does not exist is a state of nothing.
func (m *Metrics) OpenState(path string) (*State, error) {
	lock, err := filelock.Hold(path + ".lock")
	if errors.Is(err, filelock.ErrHeld) {
		err = fmt.Errorf("%w; let that run end, or give this one a file of its own", err)
	}
	if err != nil {
		return nil, fmt.Errorf("open state %s: %w", path, err)
	}
	s := &State{m: m, path: path, lock: lock}
	if err := s.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("open state %s: %w", path, err), s.Close())
	}
	return s, nil
}

// Close gives the state free. What was not saved is lost.
func (s *State) Close() error { return s.lock.Close() }

func (s *State) load() error {
	data, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	families, damage := parseState(data)
	if damage == nil {
		s.m.takeOver(families)
		return nil
	}
	aside := s.path + ".damaged-" + time.Now().UTC().Format("20060102t150405")
	if err := os.Rename(s.path, aside); err != nil {
		return errors.Join(damage, err)
	}
	s.Damaged = fmt.Errorf("read state %s: %w; it was put aside as %s and all counters begin at zero", s.path, damage, aside)
	return nil
}

// parseState reads a whole state file or says what is wrong with it.
func parseState(data []byte) (map[string]*dto.MetricFamily, error) {
	if !bytes.HasPrefix(data, []byte(stateHead)) {
		return nil, errors.New("it does not begin as a state of this version of callprobe does")
	}
	if !bytes.HasSuffix(data, []byte(stateEnd)) {
		return nil, errors.New("its end is missing")
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(data))
	if err != nil {
		return nil, errors.New(strings.TrimSpace(err.Error()))
	}
	for _, f := range families {
		for _, m := range f.Metric {
			if !plausible(m) {
				return nil, fmt.Errorf("%s holds what cannot have been counted", f.GetName())
			}
		}
	}
	return families, nil
}

// plausible reports whether a counter or a histogram can have come to be by
// counting. One NaN would stay for ever.
func plausible(m *dto.Metric) bool {
	counted := func(v float64) bool { return v >= 0 && !math.IsInf(v, 1) }
	if c := m.Counter; c != nil && !counted(c.GetValue()) {
		return false
	}
	h := m.Histogram
	if h == nil {
		return true
	}
	var below uint64
	for _, b := range h.Bucket {
		if b.GetCumulativeCount() < below {
			return false
		}
		below = b.GetCumulativeCount()
	}
	return counted(h.GetSampleSum()) && below <= h.GetSampleCount()
}

// takeOver gives each book what earlier runs counted.
func (m *Metrics) takeOver(families map[string]*dto.MetricFamily) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, b := range m.books {
		b.takeOver(families)
	}
	for name, t := range m.targets {
		t.carried = ofLabels(families, map[string]string{"target": name})
	}
}

func (b *book) takeOver(families map[string]*dto.MetricFamily) {
	b.carried = ofLabels(families, map[string]string{"target": b.pair.Target, "scenario": b.pair.Scenario})
	for _, f := range b.carried {
		for _, m := range f.Metric {
			value := m.GetGauge().GetValue()
			switch f.GetName() {
			case "callprobe_last_call_timestamp_seconds":
				b.lastCall.WithLabelValues().Set(value)
			case "callprobe_last_answered_timestamp_seconds":
				b.lastAnswered.WithLabelValues().Set(value)
			case agentState:
				b.agent, b.known = label(m, "agent"), true
			}
		}
	}
}

// Save writes what was counted so far, by earlier runs and by this one: whole
// or not at all.
func (s *State) Save() error {
	families, err := prometheus.Gatherers{s.m.counted(), s.m.agents()}.Gather()
	if err != nil {
		return fmt.Errorf("collect metrics: %w", err)
	}
	text, err := exposed(families)
	if err != nil {
		return fmt.Errorf("save state: %w", err)
	}
	if err := replaceFile(s.path, []byte(stateHead+string(text)+stateEnd)); err != nil {
		return fmt.Errorf("save state: %w", err)
	}
	return nil
}

// agents collects who answered the latest call of each pair.
func (m *Metrics) agents() prometheus.Gatherer {
	return gatherer{m, func() prometheus.Gatherers {
		registry := prometheus.NewRegistry()
		info := promauto.With(registry).NewGaugeVec(prometheus.GaugeOpts{Name: agentState, Help: "Who answered the latest call."}, []string{"target", "scenario", "agent"})
		for p, b := range m.books {
			if b.known {
				info.WithLabelValues(p.Target, p.Scenario, b.agent).Set(1)
			}
		}
		return prometheus.Gatherers{registry}
	}}
}
