#!/usr/bin/env bash
# Installs what the tests of the Krita plugin need and pip does not bring: Krita, an X server that shows nothing, PyQt
# for Krita's Python, and the libraries that PyPI's Qt is linked to. Where that cannot be done it says so and succeeds:
# the tests themselves decide whether that matters (with CI=true it does).
set -u
packages="krita xvfb python3-pyqt5 fonts-dejavu-core libdbus-1-3 libegl1 libfontconfig1 libfreetype6 libgl1
    libglib2.0-0 libgssapi-krb5-2 libxkbcommon0"

complete() {
    command -v krita >/dev/null && command -v Xvfb >/dev/null && ldconfig -p | grep -q 'libEGL\.so\.1' &&
        ldconfig -p | grep -q 'libxkbcommon\.so\.0'
}

install() {
    # shellcheck disable=SC2086 - a list of words
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null
}

complete && exit 0
if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "Krita or Xvfb is missing, and only root on a system with apt can install them here; as root, elsewhere:" >&2
    echo "install Krita 5.1 or newer, Xvfb, PyQt for Krita's Python. Tests that need them are left out." >&2
    exit 0
fi
echo "Installing Krita and Xvfb for the end-to-end tests"
install 2>/dev/null || { apt-get update -qq && install; } ||
    echo "Krita could not be installed; tests that need it are left out." >&2
exit 0
