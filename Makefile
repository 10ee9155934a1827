# make run   sets everything up and runs the demo        make test   sets up and passes the tests
# make lock  renews the lock files                       make clean  removes what these made
# make bench    measures side by side: make bench BENCH="appending --write"
# make soak     everything at once, for a while: make soak MINUTES=10 SOAK=--write
# make mutants  changes the rules, and says which change no test notices: make mutants MUTANTS="--sample 0.2"
# make torture  crashes everything for a while: make torture SEED=1 ROUNDS=10
# make test-cluster  crashes and freezes a cluster of three PostgreSQL nodes, in about ten minutes

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 5000
MINUTES ?= 10
DEMO = LEDGER_DATABASE_URL=sqlite:///instance/demo.sqlite3
BIN = .venv/bin
INSTALL = $(BIN)/pip install --quiet --disable-pip-version-check --no-compile
COMPILE = $(BIN)/python -m compileall -q -j 0 .venv/lib   # what pip would do on one core only

.PHONY: run test types bytecode mutants bench soak torture test-cluster lock clean python

run: .venv/run.stamp
	@$(DEMO) $(BIN)/delivery-ledger up --simulate --host $(HOST) --port $(PORT)

# Also where the environment forbids bytecode: the tests start many processes of the program.
test: export PYTHONDONTWRITEBYTECODE =
test: .venv/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(MAKE) --no-print-directory -j 2 types bytecode
	$(BIN)/pytest -n 4 --dist worksteal

types: .venv/test.stamp
	$(BIN)/mypy

# So that the test processes need not all compile the tests, which takes longer than collecting them.
bytecode: .venv/test.stamp
	-@$(BIN)/pytest --collect-only -q >/dev/null

mutants: .venv/test.stamp
	cd tests && PYTHONPATH=..:. ../$(BIN)/python -m mutation $(MUTANTS)

bench: .venv/test.stamp
	cd tests && PYTHONPATH=..:. ../$(BIN)/python -m bench $(BENCH)

soak: .venv/test.stamp
	cd tests && PYTHONPATH=..:. ../$(BIN)/python -m bench.soak --minutes $(MINUTES) $(SOAK)

torture: .venv/test.stamp
	TMPDIR=$${TMPDIR:-/tmp} SEED=$(SEED) ROUNDS=$(ROUNDS) $(BIN)/pytest -v -m "torture or hypothesis" --timeout 3600 \
		--hypothesis-profile long tests/torture tests

test-cluster: .venv/cluster.stamp
	LEDGER_PATRONI=$(CURDIR)/.venv/cluster/bin/patroni $(BIN)/pytest -v -s -m cluster --timeout 1800 tests/cluster

.venv/run.stamp: requirements.lock pyproject.toml | python
	@$(BIN)/python -c "" 2>/dev/null || $(PYTHON) -m venv .venv
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-build-isolation --no-deps -e .
	-@$(COMPILE)
	@touch $@

.venv/test.stamp: requirements-test.lock .venv/run.stamp
	$(INSTALL) --require-hashes -r requirements-test.lock
	-@$(COMPILE)
	@touch $@

# Patroni in an environment of its own: the program needs nothing of it.
.venv/cluster.stamp: tests/cluster/requirements.lock .venv/test.stamp
	$(PYTHON) -m venv .venv/cluster
	.venv/cluster/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

python:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed: apt install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || { echo "$(PYTHON) is older than Python 3.11; name a newer one: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -c "import ensurepip, venv" 2>/dev/null || { echo "Python's venv is missing: apt install python3-venv" >&2; exit 1; }
	@test -w . || { echo "The folder $(CURDIR) cannot be written; make it writable, or work in a copy." >&2; exit 1; }

COMPILE_LOCK = $(BIN)/uv pip compile --generate-hashes --universal --python-version 3.11 --no-header --quiet
LOCK = $(COMPILE_LOCK) pyproject.toml

lock: .venv/test.stamp
	$(BIN)/pip install --quiet uv
	$(LOCK) --extra build -o requirements.lock
	$(LOCK) --extra build --extra test -o requirements-test.lock
	$(COMPILE_LOCK) tests/cluster/requirements.in -o tests/cluster/requirements.lock

clean:
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
