# make demo   the whole way once: train on data/demo, make new sounds, edit one, draw them
# make run    the workbench in a browser
# make check     lint and the quick tests, in a minute
# make test      those, trainings and the page in a browser
# make test-all  every test there is
# make docs   write docs/CLI.md and docs/KEYS.md, then build/site: pages of docs/, tutorials and Python reference (EXECUTE=1 runs the tutorials)
# make lock   renew requirements.lock, the exact versions that are installed
SHELL := /bin/bash
VENV := .venv
SDA := $(VENV)/bin/sda
MODEL := data/models/demo.sda
OUT := data/exports
MINUTES := 2
export SDA_HOME := $(CURDIR)/data
# One thread a process: the processes share the cores. --no-loadscope-reorder keeps the order of tests/conftest.py.
PYTEST := OMP_NUM_THREADS=1 $(VENV)/bin/python -m pytest --dist loadfile --no-loadscope-reorder
# Trainings and pages wait now and then, so one worker more than there are cores keeps these busy.
WORKERS = $(shell $(VENV)/bin/python -c "import os; print(min(4, os.cpu_count() + 1))")

.PHONY: demo run lint check test test-all setup lock docs clean

setup: $(VENV)/.ready

$(VENV)/.ready: requirements.lock pyproject.toml scripts/setup.sh
	@scripts/setup.sh $(VENV)

lock:
	@scripts/lock.sh

docs: setup
	$(VENV)/bin/python scripts/cli_docs.py
	$(VENV)/bin/python scripts/keys_docs.py
	$(VENV)/bin/python scripts/docs_site.py $(if $(EXECUTE),--execute)

demo: setup
	$(SDA) train data/demo --minutes $(MINUTES) --name demo --force
	$(SDA) generate $(MODEL) -n 4 --out $(OUT) --force
	$(SDA) encode data/demo/ambi_choir.flac -m $(MODEL) -o $(OUT)/choir.codes.npz
	$(SDA) encode data/demo/ambi_glass_rub.flac -m $(MODEL) -o $(OUT)/glass.codes.npz
	$(SDA) edit $(OUT)/choir.codes.npz --op 'swap:frames=10:22,with=$(OUT)/glass.codes.npz' -o $(OUT)/choir_edited.codes.npz
	$(SDA) decode $(OUT)/choir.codes.npz -m $(MODEL) -o $(OUT)/choir.wav
	$(SDA) decode $(OUT)/choir_edited.codes.npz -m $(MODEL) -o $(OUT)/choir_edited.wav
	$(SDA) sheet data/demo/ambi_choir.flac data/demo/ambi_glass_rub.flac data/demo/elec_chime.flac data/demo/tabla_ghe3.flac \
	    -m $(MODEL) -g $(OUT)/demo_0.wav -g $(OUT)/demo_1.wav -g $(OUT)/demo_2.wav -g $(OUT)/demo_3.wav -o $(OUT)/contact_sheet.png
	@echo
	$(SDA) info $(MODEL)
	@echo "model            $(MODEL)"
	@echo "new sounds       $(OUT)/demo_0.wav … demo_3.wav"
	@echo "decoded, edited  $(OUT)/choir.wav, $(OUT)/choir_edited.wav"
	@echo "spectrograms     $(OUT)/contact_sheet.png"
	@echo "next             make run"

run: setup
	$(SDA) studio

lint: setup
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

check: lint
	$(PYTEST) -n auto --maxprocesses 4 -m "not browser and not slow and not long"

test: lint
	export SDA_CHROMIUM=$$(scripts/chromium.sh $(VENV)) SDA_AXE=$$(scripts/axe.sh) && $(PYTEST) -n $(WORKERS) -m "not long"

test-all: lint
	export SDA_CHROMIUM=$$(scripts/chromium.sh $(VENV)) SDA_AXE=$$(scripts/axe.sh) && $(PYTEST) -n $(WORKERS)

clean:
	rm -rf $(VENV) build dist
