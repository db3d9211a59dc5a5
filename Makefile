# Marquee. `make up` runs it, `make test` tests it; the rest is what these two are made of.

FUNCTIONS := gateway playback manifest license progress media telemetry web
UI := functions/web/ui
UI_SOURCES := $(shell find $(UI) -type d \( -name node_modules -o -name dist \) -prune -o -type f -print 2>/dev/null)
STAMPS := .marquee/stamps

.DEFAULT_GOAL := help
.PHONY: help up test lint build functions host setup setup-tests clients bench faults openapi sqlx clean-state

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: build ## Run Marquee on this machine: http://127.0.0.1:3000
	@exec target/debug/stack up

test: ## Run every test there is (sets up what it needs by itself)
	@bash tests/run.sh

lint: ## Formatting, clippy, rustdoc, tidiness
	@bash tests/lint.sh

build: setup functions $(UI)/dist/index.html host ## Build everything that `make up` runs

setup: ## Install what is missing on this machine
	@bash tests/stack/setup.sh

setup-tests:
	@bash tests/stack/setup.sh --tests

functions: setup ## Build the edge functions (wasm32-wasip2)
	@echo "==> Building the edge functions" >&2
	@cargo build --quiet --release --target wasm32-wasip2 $(addprefix -p ,$(FUNCTIONS))

host: setup ## Build origin, the transcode worker, the edge runner and the stack
	@echo "==> Building origin, worker, runner (the first time takes some minutes)" >&2
	@cargo build --bins

$(STAMPS)/ui-packages: $(UI)/package-lock.json | setup
	@echo "==> Installing the web app's packages" >&2
	@cd $(UI) && npm ci --no-audit --no-fund --loglevel=error
	@mkdir -p $(STAMPS) && touch $@

$(UI)/dist/index.html: $(STAMPS)/ui-packages $(UI_SOURCES)
	@echo "==> Building the web app" >&2
	@cd $(UI) && npm run --silent build
	@touch $@

clients: setup-tests ## Play a packaged film in players that `make test` does without (GStreamer)
	@bash tests/conformance/clients.sh

bench: build ## Measure: click to first frame, edge requests/s against the Node peer
	@bash tests/bench/run.sh

faults: host ## Kill worker, origin and PostgreSQL 200 times while films are made (about ten minutes)
	@target/debug/faults

openapi: ## Rewrite origin/openapi.json and the TypeScript client from the code
	@cargo run --quiet -p origin -- openapi > origin/openapi.json.new && mv origin/openapi.json.new origin/openapi.json
	@cd $(UI) && npm run --silent api

clean-state: ## Forget everything that `make up` made here: films, accounts, keys (asks first)
	@printf 'Delete .marquee with all films, accounts and keys of this machine? [y/N] '; read -r answer; [ "$$answer" = y ] && rm -rf .marquee || echo 'Nothing was deleted.'
