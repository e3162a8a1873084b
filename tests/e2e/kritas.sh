#!/usr/bin/env bash
# Builds the other Kritas that the end-to-end tests run in: kritas.sh FOLDER  ->  FOLDER/{trixie,sid,experimental}
# with Krita 5.2, 5.3 and 6.0 (about 1.8 GB and 75 s each). Needs root and debootstrap; folders that are there stay.
# The packages come from wherever this machine's apt gets its own. Release files of sid and experimental may be old
# there and signed with keys unknown here, hence the relaxations, which live and die inside the roots.
set -euo pipefail
folder=$(realpath -m "${1:?kritas.sh FOLDER}")
[ "$(id -u)" = 0 ] || { echo "kritas.sh: only root can build and enter these roots" >&2; exit 1; }
command -v debootstrap >/dev/null || apt-get install -y -qq --no-install-recommends debootstrap >/dev/null
mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | head -n 1)
mkdir -p "$folder"

build() { # NAME SUITE PACKAGE...
    local name=$1 suite=$2 root="$folder/$1.part"
    shift 2
    [ -d "$folder/$name" ] && return
    rm -rf "$root"
    debootstrap --no-check-gpg --variant=minbase "$suite" "$root" "$mirror" >"$folder/$name.log" 2>&1
    printf '%s "%s";\n' Acquire::Check-Valid-Until false Acquire::AllowInsecureRepositories true \
        APT::Get::AllowUnauthenticated true >"$root/etc/apt/apt.conf.d/99relaxed"
    echo "deb [trusted=yes] $mirror $suite main" >"$root/etc/apt/sources.list"
    [ "$name" = "$suite" ] || echo "deb [trusted=yes] $mirror $name main" >>"$root/etc/apt/sources.list"
    chroot "$root" apt-get update -qq >>"$folder/$name.log" 2>&1
    chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        "$@" xvfb fonts-dejavu-core >>"$folder/$name.log" 2>&1
    chroot "$root" apt-get clean
    mv "$root" "$folder/$name"
    echo "$name: $(chroot "$folder/$name" dpkg-query -W -f '${Version}' krita)"
}

build trixie trixie krita krita-data python3-pyqt5
build sid sid krita krita-data python3-pyqt5
build experimental sid krita/experimental krita-data/experimental python3-pyqt6 qt6-svg-plugins \
    qt6-image-formats-plugins
