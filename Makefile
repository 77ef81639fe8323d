# Wraps scripts/setup.sh and the commands that README.md and CONTRIBUTING.md give in full.
# ARGS="…" goes to the command underneath: make demo ARGS=--no-serve, make test ARGS="-k assign".

.PHONY: help demo test check format docs bench bench-compare calibrate soak lock clean

help:
	@echo "make demo    the whole loop on real and simulated data, then the dashboard at http://127.0.0.1:8501"
	@echo "make test    every test, on a real PostgreSQL and in a real browser"
	@echo "make check   formatting, lint, types, import layers"
	@echo "make format  rewrite the files as make check wants them"
	@echo "make docs    the documentation's pages into site/, reference and pictures made anew"
	@echo "make bench   every benchmark beside its peer, into artifacts/bench.json"
	@echo "make bench-compare  the ratios of that run beside the committed ones"
	@echo "make calibrate  every method's error beside its goal; goes on where it stopped (under 40 minutes)"
	@echo "make soak    storms, kills, stopped databases and hostile requests at full size (about half an hour)"
	@echo "make lock    new versions into the lock files (needs uv)"
	@echo "make clean   remove .venv, demo/ and what tools leave behind"

demo:
	@sh scripts/setup.sh demo
	@.venv/bin/amends demo $(ARGS)

test:
	@sh scripts/setup.sh test
	@AMENDS_CHROMIUM="$$(cat .venv/chromium-path)" .venv/bin/python -m pytest -n 2 --dist loadfile $(ARGS)

check:
	@sh scripts/setup.sh test
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports

format:
	@sh scripts/setup.sh test
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

docs:
	@sh scripts/setup.sh test
	@.venv/bin/python -m scripts.documentation

bench:
	@sh scripts/setup.sh test
	@AMENDS_CHROMIUM="$$(cat .venv/chromium-path)" .venv/bin/python bench/run.py $(ARGS)

bench-compare:
	@sh scripts/setup.sh test
	@.venv/bin/python bench/compare.py artifacts/bench.json $(ARGS)

calibrate:
	@sh scripts/setup.sh test
	@.venv/bin/python scripts/calibrate.py $(ARGS)

soak:
	@sh scripts/setup.sh test
	@.venv/bin/python scripts/soak.py $(ARGS)

lock:
	sh scripts/lock.sh

clean:
	rm -rf .venv demo site .cache dist build artifacts .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
