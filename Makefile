# `make` lists the targets. Only `test` installs anything, and only as root on Debian.

GO       ?= go
FUZZTIME ?= 60s
BENCH    ?= .
SIMFLAGS ?= -print-config

STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK = golang.org/x/vuln/cmd/govulncheck@v1.8.0

# The race detector needs a C compiler; without one the tests run without it.
RACE = $(shell [ "$$($(GO) env CGO_ENABLED)" = 1 ] && echo -race)

# The official WSDL and XSD files: only the generators and the judges need them.
GEMATIK_API_DIR ?= $(abspath ../shared/gematik-api)

.PHONY: help demo test check generate fuzz bench sim cabi clean
.PHONY: setup fmt vet staticcheck tidy-check generate-check layers race norace vuln

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## read two cards from a simulated Konnektor (needs Go only)
	@$(GO) run ./examples/demo

test: setup ## everything: install the judges (root on Debian), then check, then tests without -race
	@$(MAKE) --no-print-directory check norace

check: fmt vet staticcheck tidy-check generate-check layers race ## format, vet, staticcheck, generated code, imports, race tests

setup:
	@.ci/setup
	@cabi/build/setup

fmt: ## fail when a file is not formatted
	@bad=$$(gofmt -l $$(find . -name '*.go' -not -path './.build/*')); \
	if [ -n "$$bad" ]; then echo "fmt: run gofmt -w on:"; echo "$$bad"; exit 1; fi

vet: ## go vet
	@$(GO) vet ./...

staticcheck: ## staticcheck, in a pinned version
	@$(GO) run $(STATICCHECK) ./...

tidy-check: ## fail when go mod tidy would change something
	@$(GO) mod tidy -diff
	@$(GO) mod verify >/dev/null

generate: ## write the generated code anew from the official schemas and the code table
	@$(GO) run ./konnektor/internal/wsgen
	@$(GO) generate ./...

# The generated files with their check sums, whoever made them.
generated = grep -rlE --include='*.go' '^// Code generated .* DO NOT EDIT\.$$' . | LC_ALL=C sort | xargs cksum

generate-check: ## fail when make generate changes something
	@if [ ! -d "$(GEMATIK_API_DIR)" ] && [ "$$CI" != true ]; then \
		echo "generate-check: skipped: no official schemas in $(GEMATIK_API_DIR), set GEMATIK_API_DIR"; exit 0; fi; \
	before=$$($(generated)) && $(MAKE) --no-print-directory generate && after=$$($(generated)) && \
	if [ "$$before" != "$$after" ]; then echo "generate-check: make generate has changed files: look at git diff, commit them"; exit 1; fi

layers: ## who imports whom, doc comments, sizes
	@$(GO) test -count=1 ./konnektor/internal/layers

race: ## all tests, with the race detector where there is a C compiler
	@[ -n "$(RACE)" ] || echo "race: no C compiler: the tests run without the race detector"
	@$(GO) run ./konnektor/internal/gotest $(RACE) ./...

# Measurements, which the race detector would distort, are in files that say so.
norace: ## the tests that the race detector must not touch
	@dirs=$$(grep -rl --include='*_test.go' '^//go:build !race' . | xargs -r -n1 dirname | sort -u); \
	if [ -n "$(RACE)" ] && [ -n "$$dirs" ]; then $(GO) run ./konnektor/internal/gotest -timeout 30m $$dirs; fi

fuzz: ## every fuzz target for FUZZTIME (60s)
	@set -e; for dir in $$(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -r -n1 dirname | sort -u); do \
		for target in $$($(GO) test -list '^Fuzz' $$dir | grep '^Fuzz'); do \
			echo "fuzz: $$dir $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1s $$dir; \
		done; \
	done

bench: ## the measurements of README "Performance"
	@$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem \
		$$(grep -rl --include='*_test.go' '^func Benchmark' . | xargs -r -n1 dirname | sort -u)

sim: ## run the simulator until it is stopped (SIMFLAGS)
	@$(GO) run ./konnektor/cmd/konnektorsim $(SIMFLAGS)

cabi: ## build the shared library for Linux and Windows into dist (packages: see cabi/README.md)
	@cabi/build/build

vuln: ## known vulnerabilities, where the data base can be reached
	@out=$$($(GO) run $(GOVULNCHECK) ./... 2>&1); status=$$?; \
	case $$out in \
	*"fetching vulnerabilities"*|*"no such host"*|*"dial tcp"*) echo "vuln: skipped: the vulnerability data base cannot be reached"; exit 0 ;; esac; \
	echo "$$out"; exit $$status

clean: ## remove what was built
	rm -rf .build dist
	$(GO) clean
