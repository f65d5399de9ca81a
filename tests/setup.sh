#!/bin/sh
# Make the virtual environment that every make target uses: setup.sh PYTHON VENV PACKAGE...
set -eu
python=$1 venv=$2
shift 2

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "setup: Python 3.11 or newer is needed; \`$python\` is not. Say which one: make PYTHON=/path/to/python3.12 ..." >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "setup: installing python3-venv"
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null
    else
        echo "setup: \`$python\` has no venv module; install it first (Debian, Ubuntu: apt-get install python3-venv)" >&2
        exit 1
    fi
fi

started=$(date +%s)
echo "setup: installing the locked development environment into $venv"
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-tools.txt
# uv does not read pip's configuration; a private index set there counts for it too.
index=$("$venv/bin/python" -m pip config get global.index-url 2>/dev/null || true)
[ -z "${PIP_INDEX_URL:-$index}" ] || export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-${PIP_INDEX_URL:-$index}}"
"$venv/bin/uv" pip sync --quiet --python "$venv/bin/python" --require-hashes requirements-dev.txt
editables=
for package in "$@"; do editables="$editables -e $package"; done
# shellcheck disable=SC2086  # one word per package
"$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --no-deps --no-build-isolation $editables
echo "setup: done in $(($(date +%s) - started)) s"
