#!/bin/sh
# Writes the two lock files anew (needs uv). They hold names and versions, no addresses: pip and uv read them.
#
#   requirements.lock        what the product needs
#   requirements-test.lock   that at the same versions, and the test and lint tools
set -eu

CDPATH='' cd -- "$(dirname -- "$0")/.."

lock() {
    uv pip compile --quiet --universal --python-version 3.11 --upgrade \
        --no-emit-index-url --no-emit-find-links --no-annotate --no-header pyproject.toml "$@"
}

lock --output-file requirements.lock
lock --extra auth --extra flags --extra metrics --extra postgres --extra report --extra spark --extra warehouse \
    --group test --group lint --group docs --constraints requirements.lock --output-file requirements-test.lock
