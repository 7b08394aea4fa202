# make run    check the first specs, test the kubelet's port against its spec, draw their diagrams
# make test   the whole test suite, but for what needs a container runtime
# Both install what they need into .venv first; nothing else is wanted but Python >= 3.11 and make.

PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= 2
REPORTS := .fsm/reports

.PHONY: help run test test-runtime lint bench draw matrix clean
.DEFAULT_GOAL := help

help:
	@sed -n 's/^# //p' Makefile
	@echo "make test-runtime   what needs a container runtime: root, containerd, runc and busybox-static;"
	@echo "                    CRI=unix:///run/containerd/containerd.sock tests the one that listens there"
	@echo "make lint   ruff and strict mypy"
	@echo "make bench  the benchmarks, ratios side by side"
	@echo "make draw   only the diagrams"
	@echo "make matrix every promise in every version of the kubelet; only what is stale, half an hour at most"
	@echo "make clean  remove .venv and caches"

FIRST := specs/classics specs/kubelet/container_creation.py

run: .venv/run
	@echo "== checking the classics, and the kubelet's container creation"
	@$(BIN)/fsm check $(FIRST)
	@echo
	@echo "== testing the port of the kubelet against its spec, on the runtime in memory"
	@$(BIN)/fsm conform specs/kubelet/container_creation_conformance.py
	@echo
	@echo "== drawing diagrams/"
	@$(BIN)/fsm draw $(FIRST)
	@echo
	@echo "Next: look at diagrams/kubelet/container_creation.svg, read specs/kubelet/container_creation.py,"
	@echo "and write a spec of your own: README.md shows how. 'fsm check' takes two minutes for all of specs/, with"
	@echo "the extra 'fast' half a minute, and 'make test' runs the whole suite."

test: .venv/test
	@echo "== running the whole test suite with $(WORKERS) workers"
	@rm -rf $(REPORTS)
	@FSM_REPORTS=$(REPORTS) $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not cri" \
		--fsm-reports=$(REPORTS)
	@echo
	@echo "Next: 'make test-runtime' tests a real container runtime; 'make run' checks, conforms and draws;"
	@echo "'make lint' and 'make bench' are what they say."

RUNTIME := $(wildcard specs/kubelet/*_conformance.py) tests/runtime tests/kubelet/cri tests/test_pytest_cri.py
FSM_CONTAINERD ?= containerd

test-runtime: .venv/test
ifndef CRI
	@$(BIN)/python -m fsm.kubelet.cri.containerd_needs $(FSM_CONTAINERD)
endif
	@echo "== testing $(or $(CRI),a containerd of our own), with $(WORKERS) workers"
	@FSM_REQUIRE_RUNTIME=1 FSM_CONTAINERD=$(FSM_CONTAINERD) $(BIN)/python -m pytest -n $(WORKERS) \
		--dist worksteal -m cri $(addprefix --cri-endpoint=,$(CRI)) $(RUNTIME)
	@echo
	@echo "Nothing is left of it. Next: read specs/kubelet/RUNTIMES.md."

lint: .venv/lint
	@echo "== ruff and mypy"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: .venv/bench
	@echo "== measuring, side by side; all of it takes most of an hour ('--quick' in BENCH a minute)"
	@$(BIN)/python -m tests.benchmarks.bench $(BENCH)

draw: .venv/run
	@$(BIN)/fsm draw

matrix: .venv/test
	@echo "== checking the kubelet, version by version, and planting faults in its worlds"
	@$(BIN)/python -m specs.kubelet mutations
	@$(BIN)/python -m specs.kubelet matrix
	@echo
	@echo "Next: read specs/kubelet/README.md."

clean:
	rm -rf .venv .pytest_cache .ruff_cache .mypy_cache .hypothesis

.venv/run .venv/test .venv/lint .venv/bench: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "fsm needs Python >= 3.11; name one: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/python || { echo "== making .venv"; $(PYTHON) -m venv .venv; }
	@echo "== installing fsm and what '$(notdir $@)' needs into .venv"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--editable ".$(patsubst .venv/%,[%],$(filter-out %/run,$@))"
	@touch $@
