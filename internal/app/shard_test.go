package app

import (
	"net/http"
	"strings"
	"testing"

	"callprobe/internal/config"
)

func TestTwoShardsOfAServiceHaveEachTargetOnceAndKeepToItAcrossAReload(t *testing.T) {
	t.Parallel()
	had := map[string]int{}
	for i := range 3 {
		r := startService(t, &agents{}, testTargets+"probes: [{scenario: quiet.yaml, interval: 1h}]\n", func(o *ServeOptions) { o.Shard = config.Shard{Index: i, Count: 3} })
		for range 2 {
			_, text := r.get("/metrics")
			for _, target := range []string{"a", "b"} {
				own := config.Shard{Index: i, Count: 3}.Owns(target)
				if got := strings.Contains(text, `target="`+target+`"`); got != own {
					t.Errorf("shard %d has series of %s: %v, and it owns it: %v", i, target, got, own)
				}
				if code, said := r.get("/probe?scenario=quiet&target=" + target); !own && code != http.StatusBadRequest {
					t.Errorf("shard %d answers a scrape of %s, which is another's, with %d: %s", i, target, code, said)
				}
				if own {
					had[target]++
				}
			}
			if code, text := r.do(http.MethodPost, "/-/reload"); code != http.StatusOK {
				t.Fatalf("reload: %d %s", code, text)
			}
		}
		if code, text := r.get("/-/ready"); code != http.StatusOK {
			t.Errorf("shard %d is not ready: %d %s", i, code, text)
		}
	}
	if had["a"] != 2 || had["b"] != 2 {
		t.Errorf("before and after a reload, the targets were in %v shards", had)
	}
}

func TestAShardThatCannotBeIsNoService(t *testing.T) {
	t.Parallel()
	err := Serve(t.Context(), ServeOptions{ConfigFile: "none.yml", Shard: config.Shard{Index: 2, Count: 2}})
	if err == nil || !strings.Contains(err.Error(), "--shard.index=2 of --shard.count=2") {
		t.Errorf("it says %v", err)
	}
}
