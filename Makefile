# Everything here needs Python 3.11+ and make only; the first target that needs them installs the packages into .venv.
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python

# The launcher's own stamp says whether .venv is what the file asks for, so this is asked each time, cheaply.
.PHONY: environment
environment:
	@./leadmill --prepare requirements-dev.txt

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: up
up: ## Run Leadmill here: queue, database with demo data, API and workers (./leadmill up)
	@./leadmill up

.PHONY: test
test: lint ## Every check: lint, then all tests (some need a MariaDB server or Chromium installed)
	$(PYTHON) -m pytest -n 3 --dist loadgroup

# Every test that has a system with a broker. CI names fewer.
TESTS := tests/rabbitmq tests/writes tests/operation tests/conformance tests/faults tests/replies tests/security/test_secrets.py tests/cli/test_doctor.py
.PHONY: test-rabbitmq
test-rabbitmq: environment ## The tests that need a broker, with RabbitMQ as it (rabbitmq-server and MariaDB must be installed)
	LEADMILL_TEST_BROKER=rabbitmq $(PYTHON) -m pytest -n 2 --dist loadgroup $(TESTS)

.PHONY: lint
lint: environment ## ruff, mypy --strict and the layers
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy
	.venv/bin/lint-imports

.PHONY: conformance
conformance: environment ## Replay the recorded conversations; a table of function, passed, total, per database
	$(PYTHON) -m tests.conformance

.PHONY: reply-coverage
reply-coverage: environment ## Write docs/reply-coverage.md anew: every reply, and what shows it
	$(PYTHON) -m tests.replies

.PHONY: chaos
chaos: environment ## Load, faults and an audit, 100 rounds (ARGUMENTS="--rounds 10 --seed 7 --database myisam")
	$(PYTHON) -m tests.chaos $(ARGUMENTS)

.PHONY: bench
bench: environment ## Throughput as ratios of a bare executemany, with each goal; draws docs/performance.svg
	$(PYTHON) -m benchmarks.throughput

.PHONY: bench-memory
bench-memory: environment ## Memory that 1,000,000 calls take, and an import of 1,000,000 leads in each format
	$(PYTHON) -m benchmarks.memory

.PHONY: bench-callers
bench-callers: environment ## What other callers notice of an import, a reset and a delete of 1,000,000 leads
	$(PYTHON) -m benchmarks.callers
