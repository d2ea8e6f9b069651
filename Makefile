# Two commands do everything on a fresh machine: `make learn` and `make test`.
# `make bench` measures how fast boards are stepped; `make pictures` takes pictures of the window; `make fuzz` looks for input that
# breaks a parser, as long as one lets it.
# All set up a virtual environment in .venv first; `make clean` removes it.

PYTHON ?= python3
RULE ?= life
ARGS ?=

BIN := .venv/bin
# JAX with CUDA where there is an NVIDIA driver, else the CPU edition.
EXTRAS := $(if $(shell command -v nvidia-smi 2>/dev/null),cuda,)
comma := ,

.PHONY: learn test lint oracles bench pictures fuzz clean

learn: .venv/installed
	$(BIN)/python -m ca_logic learn $(RULE) $(ARGS)

test: .venv/installed-dev oracles lint
	$(BIN)/python -m pytest $(ARGS)

lint: .venv/installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/installed-dev
	$(BIN)/python -m pytest tests/benchmarks --benchmark-enable $(ARGS)

pictures: .venv/installed
	cd docs/pictures && for script in board circuit learning; do \
		SDL_VIDEODRIVER=dummy ../../$(BIN)/python -m ca_logic play --soup 0.3 --theme age --script $$script.txt || exit 1; done
	cd docs/pictures && SDL_VIDEODRIVER=dummy ../../$(BIN)/python -m ca_logic play mnist --script digits.txt

fuzz: .venv/installed-fuzz
	$(BIN)/python tests/fuzz/fuzz_parsers.py $(ARGS)

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "ca_logic needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { \
		echo "cannot make a virtual environment; on Debian: apt install python3-venv" >&2; rm -rf .venv; exit 1; }

.venv/installed: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.$(if $(EXTRAS),[$(EXTRAS)])'
	@touch $@

.venv/installed-dev: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev$(if $(EXTRAS),$(comma)$(EXTRAS))]'
	@touch $@ .venv/installed

.venv/installed-fuzz: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[fuzz]'
	@touch $@

# Independent judges for the tests: Golly for automata, ABC for circuits, Graphviz for drawings; and hands for a real window. Whoever
# cannot have them still runs all other tests; pytest then names each skipped test and the missing tool.
oracles:
	@missing=""; \
	command -v bgolly >/dev/null || missing="$$missing golly"; \
	command -v berkeley-abc >/dev/null || missing="$$missing berkeley-abc"; \
	command -v dot >/dev/null || missing="$$missing graphviz"; \
	command -v Xvfb >/dev/null || missing="$$missing xvfb"; \
	command -v xdotool >/dev/null || missing="$$missing xdotool"; \
	command -v xclip >/dev/null || missing="$$missing xclip"; \
	command -v cc >/dev/null || command -v gcc >/dev/null || missing="$$missing gcc libc6-dev"; \
	if [ -n "$$missing" ]; then \
		if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
			apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends -y $$missing >/dev/null \
				|| echo "could not install$$missing; the tests that need them are skipped"; \
		else echo "not installed:$$missing; the tests that need them are skipped"; fi; \
	fi

clean:
	rm -rf .venv dist
