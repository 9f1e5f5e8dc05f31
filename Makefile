# Everything a developer or a CI job calls. `make help` lists it.

SHELL := /bin/bash
.DEFAULT_GOAL := help

VENV := .venv
PYTHON := $(VENV)/bin/python
SOURCES := Package.swift Sources Tests $(foreach package,Benchmarks Fuzz,$(package)/Package.swift $(package)/Sources)
# Valgrind 3.19 cannot read the compiler's debug information. Without caching, new source files are seen.
BENCH_BUILD = tools/progress "building the benchmarks (the first time takes several minutes)" \
	swift build --configuration release --package-path Benchmarks \
	-Xlinker --strip-debug --disable-build-manifest-caching
RELEASE := --configuration release
BENCH_BIN := Benchmarks/.build/release
BENCH = PYTHONPATH=Benchmarks PYTHONDONTWRITEBYTECODE=1 $(PYTHON) -m bench
PLOTS := $(VENV)/.plots
FORMAT := --configuration .swift-format --recursive --parallel

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: program ## Show a real request reach a real function (ONCE=1 ends by itself)
	@.build/debug/trellis demo $(if $(ONCE),--once)

.PHONY: test
test: dependencies build test-swift test-clients ## Build and pass all tests

.PHONY: run
run: program ## Run the server with its defaults in ./trellis-data
	@.build/debug/trellis serve

.PHONY: check
check: gates test ## Everything that must hold: format, lint, warnings, arrows, reference pages, every test

.PHONY: gates
gates: dependencies lint build arrows docs ## What needs no test: format, lint, warnings as errors, arrows, reference pages

.PHONY: program
program: dependencies ## Build only the trellis program
	@tools/progress "building trellis (the first time takes several minutes)" swift build --product trellis
	@swift build --quiet --product trellis-supervisor

.PHONY: release
release: dependencies ## Build the server to be used, optimised, in .build/release
	@tools/progress "building trellis for release (the first time takes several minutes)" \
		swift build $(RELEASE) --product trellis
	@swift build --quiet $(RELEASE) --product trellis-supervisor

.PHONY: build
build: dependencies ## Build everything in debug; a warning is an error
	@tools/progress "building (the first time takes several minutes)" swift build --build-tests

.PHONY: format
format: ## Rewrite the sources in the project's format
	swift format --in-place $(FORMAT) $(SOURCES)

.PHONY: lint
lint: ## Check the format and the list of banned calls
	swift format lint --strict $(FORMAT) $(SOURCES)
	tools/lint

.PHONY: arrows
arrows: ## Compare the targets' imports with the table in docs/design.md
	python3 tools/arrows.py

.PHONY: docs
docs: build ## Make the reference pages of the library TrellisLambdaEvent
	tools/docs

.PHONY: fuzz
fuzz: dependencies ## Fuzz events, responses, policies and signatures (RUNS=1000000 each)
	Fuzz/run

.PHONY: test-swift
test-swift: build $(PYTHON) ## Unit, conformance and in-process tests
	@# With the virtual environment in front: conformance tests read botocore's models, functions use awslambdaric.
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" tools/swift-tests --skip TrellisFunctionHostTests
	@# Real function processes with real time limits: alone, so that nothing starves them.
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" tools/swift-tests --filter TrellisFunctionHostTests

.PHONY: test-clients
test-clients: build $(PYTHON) client-dependencies ## Real clients against a running server: AWS CLI, boto3, curl, real runtimes
	$(PYTHON) -m pytest -q Tests/Clients

.PHONY: screenshots
screenshots: program $(PYTHON) client-dependencies ## Pictures of the console's main pages in docs/console
	$(PYTHON) Tests/Clients/console_screenshots.py

.PHONY: load
load: release $(PYTHON) ## 10,000 services with listeners and rules, beside moto's server; takes minutes and the machine
	TRELLIS_BINARY=$(CURDIR)/.build/release/trellis $(PYTHON) Tests/Clients/load.py $(LOAD)

# The interpreter of the clients and of the Python functions in the tests.
$(PYTHON): Tests/Clients/requirements.txt tools/fetch-rie
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --requirement Tests/Clients/requirements.txt
	tools/fetch-rie $(PYTHON)
	@touch $@

.PHONY: change-latency
change-latency: release $(PYTHON) ## How soon traffic sees a change (CHANGES='--services 10000' for many services)
	TRELLIS_BINARY=$(CURDIR)/.build/release/trellis $(PYTHON) Tests/Clients/change_latency.py $(CHANGES)

.PHONY: soak
soak: program $(PYTHON) ## Traffic, changes and kills for ten minutes (SOAK=60 a minute): memory, descriptors, latency flat
	$(PYTHON) Tests/Clients/soak.py

.PHONY: bench
bench: bench-programs ## Every bar beside its peer (ROWS=invoke,fixed ROUNDS=5 DURATION=3 BENCH_LONG=1): docs/benchmarks.md; takes the machine
	TRELLIS_BINARY=$(CURDIR)/.build/release/trellis $(BENCH) $(if $(ROWS),--rows $(ROWS),--write) \
		$(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(DURATION),--duration $(DURATION)) \
		$(if $(SERVICES),--services $(SERVICES)) \
		--command "make bench$(if $(ROUNDS), ROUNDS=$(ROUNDS))$(if $(DURATION), DURATION=$(DURATION))"

.PHONY: bench-growth
bench-growth: bench-programs $(PLOTS) ## What services, rules, functions, environments and connections cost: docs/growth.svg; takes the machine
	TRELLIS_BINARY=$(CURDIR)/.build/release/trellis $(BENCH).growth

.PHONY: bench-profile
bench-profile: bench-programs ## Where a request's processor time goes, by perf: docs/performance.md
	TRELLIS_BINARY=$(CURDIR)/.build/release/trellis $(BENCH).profile

.PHONY: bench-programs
bench-programs: release client-dependencies $(PYTHON)
	@tools/install-dependencies bench
	@$(BENCH_BUILD) --product EventBenchmark

# What draws the plots.
$(PLOTS): Benchmarks/requirements.txt | $(PYTHON)
	$(VENV)/bin/pip install --quiet --requirement $<
	@touch $@

.PHONY: bench-event
bench-event: dependencies ## Event library in release: counts against thresholds, speed against memcpy and Foundation
	@$(BENCH_BUILD) --product EventBenchmark
	@$(BENCH_BIN)/EventBenchmark check Benchmarks/Thresholds/Event

.PHONY: bench-event-update
bench-event-update: dependencies ## The same, rewriting the thresholds
	@$(BENCH_BUILD) --product EventBenchmark
	@$(BENCH_BIN)/EventBenchmark update Benchmarks/Thresholds/Event

.PHONY: bench-request
bench-request: dependencies ## Parts of a request in release: instructions and allocations against thresholds
	@$(BENCH_BUILD) --product RequestBenchmark
	@$(BENCH_BIN)/RequestBenchmark check Benchmarks/Thresholds/Request

.PHONY: bench-request-update
bench-request-update: dependencies ## The same, rewriting the thresholds
	@$(BENCH_BUILD) --product RequestBenchmark
	@$(BENCH_BIN)/RequestBenchmark update Benchmarks/Thresholds/Request

.PHONY: dependencies
dependencies:
	@tools/install-dependencies

.PHONY: client-dependencies
client-dependencies:
	@tools/install-dependencies clients || echo "Tests that need what is missing are skipped." >&2

.PHONY: clean
clean: ## Delete what was built
	rm -rf .build Benchmarks/.build $(VENV)
