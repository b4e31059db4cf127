# Everything one does here has a name; `make help` lists them.
SHELL := /bin/bash
export PATH := $(CURDIR)/.tools/bin:$(HOME)/.cargo/bin:$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup run test check fmt bench soak simulate demo-reset

help: ## show this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

setup: ## install what is missing (the others do it by themselves)
	@scripts/setup.sh test

run: ## the demonstration: a server, an enrolled laptop, its window
	@scripts/run.sh

demo-reset: ## forget the demonstration's state
	@rm -rf .demo

test: ## every test: Rust, pages, browser, real window
	@scripts/test.sh

check: ## format, lints, types, generated files, licences
	@scripts/check.sh

fmt: ## put all code into its format
	@cargo fmt --all
	@cd ui && npm run --silent format

bench: ## measure, with ratios in one run (several minutes)
	@scripts/bench.sh $(ARGS)

soak: ## the kill loops and power cuts, ten times as long
	@scripts/setup.sh test
	TSELA_SOAK=1 cargo nextest run --profile soak --workspace -E 'package(tsela-tests)' $(ARGS)

simulate: ## days on which everything goes wrong: make simulate SEEDS=2000; or valid data: make simulate ARGS="--help"
ifdef SEEDS
	@scripts/setup.sh test
	TSELA_SEEDS=$(SEEDS) cargo nextest run --profile soak --workspace -E 'package(tsela-tests) & test(as_many_days_as_asked_for)' --run-ignored only --no-capture
else
	@scripts/setup.sh cli
	@cargo run --quiet --release --package tsela-cli --bin tsela -- simulate $(ARGS)
endif
