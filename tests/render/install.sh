# What `make render` needs beside Python: a browser with fonts and a TeX engine, from Debian's packages.
# Where they are there already nothing is installed; who may not install is told what is missing.
set -eu

packages="chromium libatomic1 fonts-dejavu-core fonts-lmodern"
packages="$packages texlive-latex-recommended texlive-lang-cyrillic cm-super-minimal"

is_there() {
  command -v chromium && ls /usr/lib/*/libatomic.so.1 &&
    command -v pdflatex && kpsewhich t2aenc.def && kpsewhich russianb.ldf && kpsewhich sfrm1000.pfb
}

if is_there >/dev/null 2>&1; then
  exit 0
fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "make render needs chromium and pdflatex with Cyrillic fonts; on Debian, as root:" >&2
  echo "  apt-get install --no-install-recommends $packages" >&2
  exit 1
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "installing $packages"
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086
if ! { apt-get update && apt-get install -y --no-install-recommends $packages; } >"$log" 2>&1; then
  tail -n 30 "$log" >&2
  exit 1
fi
is_there >/dev/null || { echo "the packages are installed, but something of them is missing" >&2; exit 1; }
