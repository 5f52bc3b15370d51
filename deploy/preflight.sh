#!/bin/sh
# Puts what requirements/$1.txt pins into .venv, and does nothing where it is there already.
# Usage: sh deploy/preflight.sh embedded|dev
set -eu

cd "$(dirname "$0")/.."
set=$1
requirements=requirements/$set.txt
unfinished=.venv/.installing
pythons="python3.13 python3.12 python3.11 python3"

say() {
    printf '%s\n' "$*" >&2
}

# What .venv must have been made from: a moved clone or a changed file makes it anew.
wanted() {
    pwd -P
    cksum "requirements/$1.txt" pyproject.toml deploy/preflight.sh
}

supported() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null
}

venv_works() {
    [ -x .venv/bin/python ] && supported .venv/bin/python &&
        .venv/bin/python -m pip --version >/dev/null 2>&1
}

# The scripts and the editable install in .venv hold the clone's path.
venv_is_from_here() {
    for known in .venv/.installed-*; do
        [ -e "$known" ] || continue
        [ "$(head -n 1 "$known")" = "$(pwd -P)" ] || return 1
    done
}

make_venv() {
    for python in $pythons; do
        command -v "$python" >/dev/null 2>&1 && supported "$python" || continue
        rm -rf .venv
        if "$python" -m venv .venv >/dev/null 2>&1 && venv_works; then
            say "Made .venv with $("$python" --version 2>&1)."
            return
        fi
        rm -rf .venv
    done
    say "Fototeca needs Python 3.11, 3.12 or 3.13 with its venv module; this installs it:"
    say "    $(advice)"
    exit 1
}

advice() {
    if [ "$(uname -s)" = Darwin ]; then
        echo "brew install python@3.12"
        return
    fi
    sudo=
    if [ "$(id -u)" != 0 ] && command -v sudo >/dev/null 2>&1; then
        sudo="sudo "
    fi
    if command -v apt-get >/dev/null 2>&1; then
        echo "${sudo}apt-get install -y make python3-venv"
    elif command -v dnf >/dev/null 2>&1; then
        echo "${sudo}dnf install -y make python3.12"
    elif command -v zypper >/dev/null 2>&1; then
        echo "${sudo}zypper install -y make python312"
    elif command -v pacman >/dev/null 2>&1; then
        echo "${sudo}pacman -S --needed --noconfirm make python"
    elif command -v apk >/dev/null 2>&1; then
        echo "${sudo}apk add make python3"
    else
        echo "(this system's package manager) install make python3.12"
    fi
}

pip() {
    PIP_USER=0 .venv/bin/python -m pip --disable-pip-version-check -qq "$@"
}

install() {
    say "Installing the packages that $requirements pins into .venv; the first time takes a while."
    touch "$unfinished"
    if pip install --prefer-binary -r "$requirements" &&
        pip install --no-deps --no-build-isolation --editable .; then
        wanted "$set" >".venv/.installed-$set"
        rm -f "$unfinished"
    else
        rm -f "$unfinished"
        say "The packages could not be installed; what pip says above tells why."
        exit 1
    fi
}

# One at a time: whoever waits finds the work done. The lock is on this file, as descriptor 9, which
# the Python that takes it shares with this shell: it lasts until this shell ends, however it does.
# Where it cannot be had (some network drives), there is only one make at a time anyway.
take_turn() {
    exec 9<deploy/preflight.sh
    for python in $pythons; do
        command -v "$python" >/dev/null 2>&1 && supported "$python" || continue
        "$python" -c "$lock" || true
        return
    done
}

lock='
import fcntl, sys
try:
    fcntl.flock(9, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    print("Waiting for another make, which is installing into .venv.", file=sys.stderr, flush=True)
    fcntl.flock(9, fcntl.LOCK_EX)
except OSError:
    pass
'

holds() {
    [ -e ".venv/.installed-$1" ] && [ "$(wanted "$1")" = "$(cat ".venv/.installed-$1")" ]
}

# What developers need holds all that the others do.
is_done() {
    [ ! -e "$unfinished" ] && [ -x .venv/bin/python ] && { holds "$set" || holds dev; }
}

if is_done; then
    exit 0
fi
take_turn
if is_done; then
    exit 0
fi
if ! venv_works || ! venv_is_from_here; then
    make_venv
fi
install
