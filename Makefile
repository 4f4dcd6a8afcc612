# make demo and make test are all that a newcomer needs: Go and nothing else.
export CGO_ENABLED = 0
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
VERSION = $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

.PHONY: demo test test-spark test-crm check race bench fuzz golden build

build:
	go build -trimpath -ldflags "-s -w -X segmenta/pipeline.Version=$(VERSION)" -o bin/segmenta ./cmd/segmenta

demo: build
	bin/segmenta demo

test:
	go test -timeout 30m ./...

# Spark itself, to hold the workers on a cluster against this machine: Java 17 and pyspark.
SPARK = pyspark==4.3.0
.venv-spark/ready:
	python3 -m venv .venv-spark
	.venv-spark/bin/pip install --quiet $(SPARK)
	touch $@

test-spark:
	@command -v java >/dev/null || { echo "test-spark: skipped, there is no Java, which Spark runs on"; exit 0; }; \
	$(MAKE) -s .venv-spark/ready || { rm -rf .venv-spark; echo "test-spark: skipped, $(SPARK) can't be installed"; exit 0; }; \
	SEGMENTA_SPARK=$$(.venv-spark/bin/python -c 'import importlib.util as u; print(u.find_spec("pyspark").submodule_search_locations[0])') \
	go test -count 1 -timeout 30m -run 'TestSpark' -v ./cmd/segmenta

# Deliveries at length: a real Tryton (installed from PyPI, in a minute), a real
# PostgreSQL, 100,000 rows under faults, 50 kills of each delivery.
test-crm:
	SEGMENTA_TRYTON=1 SEGMENTA_DOWN_SECONDS=10 SEGMENTA_KILLS=50 SEGMENTA_ROWS=100000 go test -timeout 30m -v ./activate/...

check:
	@bad=$$(gofmt -l .); test -z "$$bad" || { echo "gofmt: $$bad"; exit 1; }
	go vet ./...
	go run $(STATICCHECK) ./...
	go test -run 'TestArchitecture' .
	@$(MAKE) race

# The race detector needs a C compiler; without one this step says so.
race:
	@if command -v cc >/dev/null; then CGO_ENABLED=1 go test -race -short ./table ./features ./cluster ./predict/... ./models ./activate/web ./activate/secret ./activate/delivery; \
	else echo "race: skipped, there is no C compiler"; fi

# The Python peers that speed and figures are held against, pinned.
.venv/ready: bench/requirements.txt bench/requirements-test.txt
	python3 -m venv .venv
	.venv/bin/pip install --quiet -r bench/requirements.txt
	touch $@

# Ours and the peers' seconds, side by side in one run: see bench/*/README.md.
bench: .venv/ready
	@for dir in bench/*/; do name=$$(basename $$dir); echo "== $$name"; \
	if [ -f bench/$$name/main.go ]; then from=./bench/$$name; else from=./cmd/segmenta; fi; \
	go build -o .venv/bench-$$name $$from && .venv/bin/python bench/$$name/compare.py .venv/bench-$$name || exit 1; done

# Golden files anew, by the tools that their provenance names.
golden: .venv/ready
	.venv/bin/python predict/testdata/predict.py
	SEGMENTA_PYTHON=$(CURDIR)/.venv/bin/python go test ./predict/gbdt -run Golden -golden

# Each reader of what comes from outside, a minute each.
fuzz:
	go test -run xxx -fuzzminimizetime 1x -fuzz FuzzParquet -fuzztime 60s ./table
	go test -run xxx -fuzzminimizetime 1x -fuzz FuzzCSV -fuzztime 60s ./table
	go test -run xxx -fuzzminimizetime 1x -fuzz FuzzJSON -fuzztime 60s ./table
	go test -run xxx -fuzzminimizetime 1x -fuzz FuzzLoad -fuzztime 60s ./predict
	go test -run xxx -fuzzminimizetime 1x -fuzz FuzzImport -fuzztime 60s ./predict/imports
	go test -run xxx -fuzzminimizetime 1x -fuzz FuzzDecode -fuzztime 60s ./strict
	go test -run xxx -fuzzminimizetime 1x -fuzz FuzzRule -fuzztime 60s ./segment
	go test -run xxx -fuzzminimizetime 1x -fuzz FuzzExpr -fuzztime 60s ./features
	go test -run xxx -fuzzminimizetime 1x -fuzz FuzzTimes -fuzztime 60s ./features
	go test -run xxx -fuzzminimizetime 1x -fuzz FuzzOutbox -fuzztime 60s ./activate/delivery
	go test -run xxx -fuzzminimizetime 1x -fuzz FuzzAnswers -fuzztime 60s ./activate
	go test -run xxx -fuzzminimizetime 1x -fuzz FuzzLines -fuzztime 60s ./features

