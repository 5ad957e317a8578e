package metrics

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

// WriteTextfile writes the series of all pairs, and the figures of the latest
// call of each, for the textfile collector of node_exporter: whole or not at
// all, and without times, which it does not allow. Save the State first: then a
// counter that was shown never goes down.
func (m *Metrics) WriteTextfile(path string) error {
	families, err := prometheus.Gatherers{m.build, m.counted(), m.latest()}.Gather()
	if err != nil {
		return fmt.Errorf("collect metrics: %w", err)
	}
	text, err := exposed(families)
	if err != nil {
		return fmt.Errorf("write textfile: %w", err)
	}
	if err := replaceFile(path, text); err != nil {
		return fmt.Errorf("write textfile: %w", err)
	}
	return nil
}

// exposed returns families in Prometheus' text format.
func exposed(families []*dto.MetricFamily) ([]byte, error) {
	var text bytes.Buffer
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(&text, f); err != nil {
			return nil, err
		}
	}
	return text.Bytes(), nil
}

// replaceFile puts data at path, on the disk before it is under that name, so
// that a reader or a crash finds the old content or the new.
func replaceFile(path string, data []byte) error {
	dir := filepath.Dir(path)
	// The name does not end as the path does: the collector reads *.prom.
	tmp, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	// Another user runs node_exporter. There are no secrets in it.
	err = errors.Join(err, tmp.Chmod(0o644), tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return syncDir(dir)
}

// syncDir puts a rename on the disk where the file system can.
func syncDir(dir string) error {
	d, err := os.Open(dir) //nolint:gosec // The directory of a file that the user named.
	if err != nil {
		return err
	}
	_ = d.Sync() // Some file systems cannot; the rename is done all the same.
	return d.Close()
}
