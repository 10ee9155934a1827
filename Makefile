# make run   sets everything up and runs the demo        make test   sets up and passes the tests
# make lock  renews the lock files                       make clean  removes what these made
# make bench    measures side by side: make bench BENCH="appending --write"
# make soak     everything at once, for a while: make soak MINUTES=10 SOAK=--write
# make mutants  changes the rules, and says which change no test notices: make mutants MUTANTS="--sample 0.2"
# make tour   takes the screenshots of docs/tour.md from the running demonstration; needs chromium-headless-shell
# make torture  crashes everything for a while: make torture SEED=1 ROUNDS=10
# make test-cluster  crashes and freezes a cluster of three PostgreSQL nodes, in about five minutes
# make test-oidc     signs in by a certified identity provider in a browser; needs node, npm and chromium-headless-shell
# make check-deploy  tries the wheel, and the files of docs/deploy with the programs of Debian that read them
# make audit-dependencies  compares the locked packages with the known vulnerabilities
# make sbom     lists the packages of the program in build/sbom.cdx.json (CycloneDX)

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 5000
MINUTES ?= 10
DEMO = LEDGER_DATABASE_URL=sqlite:///instance/demo.sqlite3
BIN = .venv/bin
INSTALL = $(BIN)/python -m pip install --disable-pip-version-check --no-compile
COMPILE = { $(BIN)/python -m compileall -q -j 0 .venv/lib; true; }   # what pip would do on one core only

.PHONY: run test types pytest bytecode mutants bench soak tour torture test-cluster test-oidc check-deploy lock audit-dependencies sbom clean new-venv

run: .venv/run.stamp
	@exec env -u LEDGER_DIRECTORY $(DEMO) $(BIN)/delivery-ledger --end-with "$$PPID" \
		up --simulate --from-make --host "$(HOST)" --port "$(PORT)"

# Also where the environment forbids bytecode: the tests start many processes of the program.
test: export PYTHONDONTWRITEBYTECODE =
test: .venv/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@$(MAKE) --no-print-directory -j 2 types pytest KEEP=">.venv/types.txt"; \
		result=$$?; cat .venv/types.txt; exit $$result

# Uses one core; the tests use the other meanwhile. What it says is shown after the tests.
types: .venv/test.stamp
	$(BIN)/mypy $(KEEP)

pytest: bytecode
	$(BIN)/pytest -n 4 --dist worksteal

# So that the test processes need not all compile the tests, which takes longer than collecting them.
bytecode: .venv/test.stamp
	-@$(BIN)/pytest --collect-only -q >/dev/null

mutants: .venv/test.stamp
	cd tests && PYTHONPATH=..:. ../$(BIN)/python -m mutation $(MUTANTS)

# Without bytecode, the processes that are measured would compile the program.
bench soak: export PYTHONDONTWRITEBYTECODE =
bench: .venv/test.stamp
	cd tests && PYTHONPATH=..:. ../$(BIN)/python -m bench $(BENCH)

soak: .venv/test.stamp
	cd tests && PYTHONPATH=..:. ../$(BIN)/python -m bench.soak --minutes $(MINUTES) $(SOAK)

tour: .venv/test.stamp
	cd tests && PYTHONPATH=..:. ../$(BIN)/python -m tour

torture: .venv/test.stamp
	TMPDIR=$${TMPDIR:-/tmp} SEED=$(SEED) ROUNDS=$(ROUNDS) $(BIN)/pytest -v -m "torture or hypothesis" --timeout 3600 \
		--hypothesis-profile long tests/torture tests

test-cluster: .venv/cluster.stamp
	LEDGER_PATRONI=$(CURDIR)/.venv/cluster/bin/patroni $(BIN)/pytest -v -s -m cluster --timeout 1800 tests/cluster

test-oidc: .venv/oidc/provider.mjs
	LEDGER_OIDC_PROVIDER=$(CURDIR)/.venv/oidc $(BIN)/pytest -v -m oidc tests/oidc

check-deploy: .venv/test.stamp
	$(BIN)/pytest -v -m deploy --timeout 600 tests/outside/test_wheel.py tests/deploy

# The commands in .venv name its Python: where that is gone, or the folder was moved, it is replaced.
WORKS = grep -qsF "$$(pwd -P)/.venv/bin/python" $(BIN)/delivery-ledger && $(BIN)/python -c "" 2>/dev/null
NEW_VENV := $(shell $(WORKS) || echo new-venv)

.venv/run.stamp: requirements.lock pyproject.toml $(NEW_VENV)
	@$(CHECK_PYTHON)
	@echo "Setting up, about a minute…"
	@$(call quietly,$(if $(NEW_VENV),rm -rf .venv && $(PYTHON) -m venv .venv &&) \
		$(INSTALL) --require-hashes -r requirements.lock && \
		$(INSTALL) --no-build-isolation --no-deps -e . && $(COMPILE) && touch $@)

.venv/test.stamp: requirements-test.lock .venv/run.stamp
	@echo "Setting up the tests, about a minute…"
	@$(call quietly,$(INSTALL) --require-hashes -r requirements-test.lock && $(COMPILE) && touch $@)

# Patroni is in an environment of its own: the program needs nothing of it.
.venv/cluster.stamp: tests/cluster/requirements.lock .venv/test.stamp
	@echo "Setting up the cluster, about a minute…"
	@$(call quietly,$(PYTHON) -m venv .venv/cluster && .venv/cluster/bin/python -m pip install \
		--disable-pip-version-check --require-hashes -r $< && touch $@)

# The provider runs in node: nothing of it is in the environment of the program.
.venv/oidc/provider.mjs: tests/oidc/provider.mjs tests/oidc/package.json .venv/test.stamp
	@echo "Setting up the identity provider, about a minute…"
	@$(call quietly,mkdir -p .venv/oidc && cp tests/oidc/package.json .venv/oidc && \
		npm install --prefix .venv/oidc --no-audit --no-fund && cp $< $@)

new-venv:

# Shows what the commands say only where one fails. Ctrl-C ends them without a further line.
quietly = log=$$(mktemp) || exit 1; trap 'rm -f "$$log"' EXIT; trap 'exit 0' INT; \
	{ $(1); } >"$$log" 2>&1 || { cat "$$log" >&2; echo "$(SET_UP_FAILED)" >&2; exit 1; }
SET_UP_FAILED = The set-up failed, as said above. It fetches packages: check the connection, then run make again.

CHECK_PYTHON = fail() { echo "$$1" >&2; exit 1; }; \
	command -v "$(PYTHON)" >/dev/null || fail "There is no $(PYTHON). Install Python 3.11 or newer: apt install python3 python3-venv"; \
	"$(PYTHON)" -c "import sys; sys.exit(sys.version_info < (3, 11))" || fail "$(PYTHON) is older than Python 3.11. Name a newer one: make PYTHON=python3.12 …"; \
	"$(PYTHON)" -c "import ensurepip, venv" 2>/dev/null || fail "Python's venv is missing. Install it: apt install python3-venv"; \
	test -w . || fail "The folder $(CURDIR) cannot be written. Make it writable, or work in a copy."

LOCK = $(BIN)/uv pip compile pyproject.toml --generate-hashes --universal --python-version 3.11 --no-header --quiet

lock: .venv/test.stamp
	$(BIN)/pip install --quiet uv
	$(LOCK) --extra build -o requirements.lock
	$(LOCK) --extra build --extra test -o requirements-test.lock
	$(subst pyproject.toml,tests/cluster/requirements.in,$(LOCK)) -o tests/cluster/requirements.lock
	$(subst pyproject.toml,--group pyproject.toml:tools,$(LOCK)) -o .ci/tools.lock

# Tools that look at the locks. They need nothing of the program, and have an environment of their own.
.venv/tools.stamp: .ci/tools.lock
	@$(CHECK_PYTHON)
	@echo "Setting up the tools, about a minute…"
	@$(call quietly,$(PYTHON) -m venv --clear .venv/tools && \
		.venv/tools/bin/python -m pip install --disable-pip-version-check --require-hashes -r .ci/tools.lock && \
		touch $@)

audit-dependencies:
	@$(PYTHON) .ci/audit_dependencies.py

sbom: .venv/tools.stamp
	@mkdir -p build
	@.venv/tools/bin/python -W ignore::UserWarning -m cyclonedx_py requirements requirements.lock \
		--pyproject pyproject.toml --output-reproducible --output-file build/sbom.cdx.json
	@echo "build/sbom.cdx.json"

clean:
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
