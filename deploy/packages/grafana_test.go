package packages

import (
	"os"
	"strings"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// TestGrafanasOwnTypesTakeTheDashboard reads the dashboard with the types that
// Grafana generates from its schemas: of the dashboard, and of each panel's and
// query's kind. They take no field that they do not know and miss none.
func TestGrafanasOwnTypesTakeTheDashboard(t *testing.T) {
	plugins.RegisterDefaultPlugins()
	text, err := os.ReadFile("../grafana/callprobe.json")
	if err != nil {
		t.Fatal(err)
	}
	var d dashboard.Dashboard //nolint:staticcheck // The file is in the schema that Grafana 12 and older read.
	// Without faults it returns an empty list of them, which is not nil.
	if err := d.UnmarshalJSONStrict(text); err != nil && err.Error() != "" {
		t.Error(err)
	}
	if err := d.Validate(); err != nil {
		t.Error(err)
	}
	if d.Uid == nil || *d.Uid != "callprobe" || len(d.Panels) < 20 {
		t.Errorf("%d panels", len(d.Panels))
	}
	t.Run("a slip in an option of a panel is found", func(t *testing.T) {
		slip := strings.Replace(string(text), `"percentChangeColorMode"`, `"percentChangeColourMode"`, 1)
		var d dashboard.Dashboard //nolint:staticcheck // As above.
		if err := d.UnmarshalJSONStrict([]byte(slip)); err == nil || !strings.Contains(err.Error(), "percentChangeColourMode") {
			t.Errorf("got %v", err)
		}
	})
}
