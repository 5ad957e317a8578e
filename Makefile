# All that is needed is Go, git and make; `make` alone lists what there is.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# One fuzz target runs this long.
FUZZTIME ?= 30s
# make accuracy makes this many calls, so many of them at once.
CALLS ?= 20
PARALLEL ?= 10
# make soak makes this many calls.
SOAK_CALLS ?= 1000
# The binary of the prober must stay below this, in bytes.
MAX_SIZE := 40000000
# Where git cannot be asked, the binary carries no commit.
BUILDVCS := $(shell git status --porcelain >/dev/null 2>&1 && echo auto || echo false)
# In a linked worktree Go looks for no commit: the linker is told.
STAMP := $(shell test ! -f .git || echo " -X main.stamp=$$(git rev-parse HEAD)$$(test -z "$$(git status --porcelain)" || echo -dirty)")
# What is linked and never runs in a call (rules about messages, a broker's
# clients: they come with the protocol's types) is compiled without inlining,
# which takes 1 MB off the binary. The same list is in .goreleaser.yaml and in the
# Dockerfile.
SLIM := $(foreach module,github.com/google/cel-go github.com/antlr4-go buf.build github.com/nats-io github.com/redis,-gcflags='$(module)/...=-l')

BINARY := bin/callprobe
LAB := bin/callprobe-lab
PACKAGES ?= ./...

export CGO_ENABLED = 0

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build the static binary bin/callprobe and print its size
	@go build -trimpath -buildvcs=$(BUILDVCS) $(SLIM) -ldflags '-s -w$(STAMP)' -o $(BINARY) ./cmd/callprobe
	@size=$$(wc -c < $(BINARY)); echo "$(BINARY): $$((size / 1000000)).$$((size / 100000 % 10)) MB"; \
	if (( size > $(MAX_SIZE) )); then echo "$(BINARY) is over $$(($(MAX_SIZE) / 1000000)) MB: see which dependency grew" >&2; exit 1; fi

.PHONY: lab
lab: ## build bin/callprobe-lab: a LiveKit server and a reference agent, for the demo and the tests
	@go build -C lab -trimpath -buildvcs=$(BUILDVCS) -o ../$(LAB) .

.PHONY: test
test: ## run every test of every module; says what is skipped and why
	@tools/test.sh all

.PHONY: test-unit
test-unit: ## run the tests of the root module that need no lab, or of PACKAGES=./audio/...
	@tools/test.sh unit $(PACKAGES)

.PHONY: test-e2e
test-e2e: ## run the end-to-end tests against the lab
	@tools/test.sh e2e

.PHONY: test-alerts
test-alerts: ## kill agent, room server and prober, and see whose pager rings after how long; ten minutes
	@tools/test.sh alerts

.PHONY: test-mutations
test-mutations: ## make every alert rule worse in every way, and see that a unit test notices; many minutes
	@tools/test.sh mutations

.PHONY: test-deploy
test-deploy: ## build and check what callprobe is installed from: release, image, chart, units, cron; minutes when cold
	@tools/test.sh deploy

.PHONY: test-agents
test-agents: ## call the agent of deploy/agents, which counts inside what callprobe counts outside; needs Node
	@tools/test.sh agents

.PHONY: lint
lint: ## check format, vet, golangci-lint and the rules of this project
	@tools/lint.sh

.PHONY: fmt
fmt: ## format all Go files
	@gofmt -w $$(git ls-files --cached --others --exclude-standard '*.go')

.PHONY: demo
demo: build lab ## call a reference agent on a real server: a good one, a slow one, and none
	@CALLPROBE="$(CURDIR)/$(BINARY)" CALLPROBE_LAB="$(CURDIR)/$(LAB)" scripts/demo.sh

.PHONY: demo-serve
demo-serve: build lab ## watch a reference agent on schedule: metrics, probe, pages, reload, an outage
	@CALLPROBE="$(CURDIR)/$(BINARY)" CALLPROBE_LAB="$(CURDIR)/$(LAB)" scripts/demo-serve.sh

.PHONY: demo-alerts
demo-alerts: build lab ## see who is told what when an agent dies: fire drills, an outage, pages; needs Prometheus and Alertmanager
	@CALLPROBE="$(CURDIR)/$(BINARY)" CALLPROBE_LAB="$(CURDIR)/$(LAB)" scripts/demo-alerts.sh

.PHONY: soak
soak: lab ## let serve make SOAK_CALLS=1000 calls and see that memory, goroutines and files stay level
	@CALLPROBE_LAB="$(CURDIR)/$(LAB)" CALLPROBE_SOAK_CALLS=$(SOAK_CALLS) go test -count=1 -timeout 60m -v -run '^TestAServiceStaysAsSmallAsItWas$$' ./cmd/callprobe

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME (30s) each
	@tools/fuzz.sh $(FUZZTIME)

.PHONY: accuracy
accuracy: lab ## measure time to first audio against the agent's own truth; CALLS=20, PARALLEL=10
	@CALLPROBE_LAB="$(CURDIR)/$(LAB)" CALLPROBE_ACCURACY_CALLS=$(CALLS) CALLPROBE_ACCURACY_PARALLEL=$(PARALLEL) go test -count=1 -timeout 30m -v -run '^TestTheLatencyAgreesWithTheAgentsOwnTruth$$' ./cmd/callprobe

.PHONY: bench-vad
bench-vad: ## measure where speech is found, and at what cost, over all conditions
	@tools/bench-vad.sh

.PHONY: screenshots
screenshots: ## take the pictures of the status pages in docs/ anew; needs chromium
	@CALLPROBE_PICTURES="$(CURDIR)/docs" go test -count=1 -v -run '^TestPicturesForTheDocuments$$' ./internal/pages

.PHONY: docs
docs: ## write the references in docs/ anew: command line, configuration, metrics
	@CALLPROBE_WRITE_DOCS=1 go test -count=1 -run 'TestTheReferenceOf' ./cmd/callprobe ./internal/manual
	@go test -count=1 -run 'TestTheDocsHoldEveryFamily' ./metrics -update

.PHONY: notices
notices: ## write THIRD_PARTY_NOTICES.md anew from the modules that are linked
	@go run -C tools ./notices -module .. -output ../THIRD_PARTY_NOTICES.md

.PHONY: chart-rules
chart-rules: build ## write the alert rules of the Helm chart anew
	@$(BINARY) rules --output=prometheusrule > deploy/kubernetes/callprobe/rules/prometheusrule.yaml

# What stands in a release beside the binary and is made from it.
.PHONY: release-files
release-files: build
	@mkdir -p bin/release-files/completions
	@$(BINARY) man > bin/release-files/callprobe.1
	@for shell in bash zsh fish; do $(BINARY) completion $$shell > bin/release-files/completions/callprobe.$$shell; done

.PHONY: release-snapshot
release-snapshot: ## build all that a release is made of into bin/release, from the files as they are
	@BUILDVCS=$(BUILDVCS) STAMP='$(STAMP)' tools/release.sh --snapshot

.PHONY: release
release: ## the same of the tag v1.2.3 that HEAD bears, from a clean clone; publishes nothing
	@BUILDVCS=$(BUILDVCS) STAMP='$(STAMP)' tools/release.sh --skip=publish,announce

.PHONY: clean
clean: ## remove what was built
	@rm -rf bin
