# `make run` and `make test` are all a fresh machine needs; everything else is for those who change the code.
# Python packages live in .venv and nowhere else. System packages come through apt, see .ci/system-packages.

export PYTHON ?= python3
BIN := .venv/bin
INSTALL = $(BIN)/python -m pip --disable-pip-version-check --quiet install $(addprefix --constraint ,$(VERSIONS)) --editable
VERSIONS ?= .ci/versions.txt
PYTEST_ARGS ?=
BENCH_ARGS ?=
PROCESSES ?= 3


.PHONY: help run fleet test quick screens bench deb pi-image pi-test fleet-judges soak mutants fuzz check format clean
.DEFAULT_GOAL := help

help:
	@echo 'make run     start the product on a simulated cabinet, Ctrl-C ends it'
	@echo 'make fleet   three simulated lockers and the operator'"'"'s centre, Ctrl-C ends it'
	@echo 'make test    run every test'
	@echo 'make quick   run the tests of the rules, which need no browser and hardly a process: under 90 s'
	@echo 'make screens walk every screen of the kiosk in a browser and leave one sheet of pictures'
	@echo 'make bench   measure, as one table of ratios'
	@echo 'make deb     build the Debian package for a Pi, from wheels, into build/'
	@echo 'make soak    power cuts by the million, a year of a large cabinet, a day of locker-sim: hours'
	@echo 'make mutants change the rules one by one and see whether a test notices'
	@echo 'make fuzz    any bytes at every decoder of a wire, guided by what they reach'
	@echo 'make pi-image  the SD card of a Raspberry Pi as one file: needs root, no Pi'
	@echo 'make pi-test   boot that card in an emulator, watch its coils, cut its power: needs root and a quiet machine'
	@echo 'make fleet-judges  Home Assistant itself, from PyPI, judges what a locker tells it: needs root'
	@echo 'make check   style, types and walls only'
	@echo 'make format  put the code into shape'
	@echo 'make clean   remove what make made'

run: .venv/for-run
	@$(BIN)/python -m simulator.demo

fleet: .venv/for-test
	@.ci/system-packages fleet
	@$(BIN)/python -m simulator.fleet_demo

test: .venv/for-test
	@.ci/system-packages test
	@mkdir -p artefacts
	@LOCKER_REQUIRE_BROWSER=1 $(BIN)/python -m pytest --numprocesses=$(PROCESSES) --dist=loadfile --no-loadscope-reorder --ignore=tests/bench $(PYTEST_ARGS)
	@$(BIN)/python -m pytest tests/bench  # ratios of speed want the machine for themselves

# Folders whose tests are done while one waits; all others are for `make test`.
QUICK := core engine journal services house

quick: .venv/for-test
	@$(BIN)/python -m pytest --numprocesses=2 --dist=loadfile --no-loadscope-reorder $(addprefix tests/,$(QUICK)) $(PYTEST_ARGS)

screens: .venv/for-test
	@.ci/system-packages test
	@rm -rf artefacts/screens
	@LOCKER_REQUIRE_BROWSER=1 LOCKER_EVERY_PAGE=1 $(BIN)/python -m pytest tests/browser $(PYTEST_ARGS)
	@$(BIN)/python tests/browser/contact_sheet.py artefacts/screens artefacts/screens.png

bench: .venv/for-test
	@.ci/system-packages test
	@$(BIN)/python tests/bench/bench.py $(BENCH_ARGS)

ARCHITECTURE ?= arm64

deb: .venv/for-test
	@.ci/system-packages deb
	@$(BIN)/python deb/build_deb.py --architecture $(ARCHITECTURE)

SEED ?= 1

soak: .venv/for-test
	@.ci/system-packages test
	@$(BIN)/python tests/world/world_soak.py --days 365 --compartments 76 --seed $(SEED)
	@WORLD_EXAMPLES=2000 $(BIN)/python -m pytest tests/world/test_world_machine.py
	@$(BIN)/python tests/power/power_replay.py --states 1000000 --seed $(SEED)
	@$(BIN)/python tests/world/world_sim_day.py --hours 24 --seed $(SEED)

mutants: .venv/for-test
	@$(INSTALL) '.[mutants]'
	@rm -rf mutants
	@$(BIN)/mutmut run; $(BIN)/mutmut results

SECONDS ?= 60

fuzz: .venv/for-test
	@$(INSTALL) '.[fuzz]'
	@$(BIN)/python tests/hardware/hardware_fuzz.py --seconds $(SECONDS)

pi-image: .venv/for-run
	@.ci/system-packages pi
	@$(BIN)/python tests/pi/pi_image.py

# The rows of one group or with a word in their name: make pi-test ROWS=wires. PI_KEEP=1 keeps the first start of an image.
# AT_ONCE: groups of rows side by side, each with a machine of its own.
ROWS ?=
AT_ONCE ?= 3

pi-test: .venv/for-test
	@.ci/system-packages pi
	@test -e artefacts/pi/locker-pi.img || $(BIN)/python tests/pi/pi_image.py
	@$(BIN)/python -m pytest -o python_files='row_*.py' -o timeout=0 -n $(AT_ONCE) --dist loadfile --no-loadscope-reorder $(addprefix -k ,$(ROWS)) tests/pi

fleet-judges: .venv/for-test
	@.ci/system-packages judges
	@$(BIN)/python tests/judges/home_assistant_root.py
	@$(BIN)/python -m pytest -o python_files='row_*.py' -o timeout=1200 -p no:xdist $(addprefix -k ,$(ROWS)) tests/judges

check: .venv/for-test
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@said=$$($(BIN)/lint-imports) || { echo "$$said"; exit 1; }
	@$(BIN)/mypy

format: .venv/for-test
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .

clean:
	rm -rf .venv artefacts build demo-data mutants .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

# The stamps lie in .venv, so that removing it forgets them too. A changed pyproject.toml installs anew.

.venv/made:
	@.ci/system-packages run
	@$(BIN)/python -m pip --version > /dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	@touch $@

.venv/for-run: pyproject.toml $(VERSIONS) .venv/made
	@echo 'Installing Python packages into .venv'
	@$(INSTALL) .
	@touch $@

.venv/for-test: pyproject.toml $(VERSIONS) .venv/made
	@echo 'Installing Python packages into .venv'
	@$(INSTALL) '.[test]'
	@touch $@ .venv/for-run
