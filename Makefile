# make run     set up and open the first lesson
# make test    set up and run the tests (under ten minutes on two cores)
# make help    the other targets

GO      ?= go
BIN     := bin/socklab
SOURCES := $(shell find cmd guests host lessons runtime -type f 2>/dev/null)
WORK    ?= workspace

.PHONY: run build prepare test test-full check bench generate clean help

run: build ## open the first lesson (WORK=DIR chooses the workspace)
	@$(BIN) learn $(WORK)

build: $(BIN) ## make bin/socklab

$(BIN): go.mod go.sum $(SOURCES)
	@echo "building $@"
	@$(GO) build -o $@ ./cmd/socklab

test: build prepare ## all tests but the slow ones
	@$(GO) vet ./...
	@GOOS=darwin $(GO) vet ./...
	$(GO) test ./... -timeout 9m

test-full: build prepare ## all tests, the slow ones and the race detector as well
	SOCKLAB_SLOW=1 $(GO) test -race ./... -timeout 60m

prepare: build # what the tests' programs need, once
	@if command -v npm >/dev/null; then $(BIN) doctor --fetch; else echo "no npm: the tests of Python and C will be skipped"; fi

check: test ## the whole gate: tests, format, static analysis, generated files
	@test -z "$$(gofmt -l cmd guests host lessons runtime)" || { gofmt -l cmd guests host lessons runtime; exit 1; }
	$(GO) tool staticcheck -tests=false ./...
	$(GO) generate ./... && git diff --exit-code
	$(GO) mod tidy -diff

bench: build ## measure what the sandbox costs
	@$(GO) run ./cmd/bench

generate: ## remake what is generated from host/abi
	$(GO) generate ./...

clean: ## remove what the build has made
	rm -rf bin

help:
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' Makefile
