# What `make smoke` runs: the built wheel, alone in a fresh environment, far from the source tree.
# PYTHON makes the environment; BUILDER is a Python that has `build` and `hatchling`.
set -eu

root=$(pwd)
work=$root/build/smoke
builder=$root/$BUILDER
rm -rf "$work"
mkdir -p "$work/elsewhere"

echo "building sdist and wheel"
"$builder" -m build --no-isolation --outdir "$work/dist" . >"$work/build.log" 2>&1 || { cat "$work/build.log"; exit 1; }

echo "installing the wheel into a fresh environment"
"$PYTHON" -m venv "$work/venv"
"$work/venv/bin/python" -m pip --disable-pip-version-check -qq install -c .ci/constraints.txt "$work"/dist/*.whl

cd "$work/elsewhere"
matdiff=$work/venv/bin/matdiff
if "$work/venv/bin/python" -c 'import pytest' 2>/dev/null; then
  echo "smoke: development packages are installed" >&2
  exit 1
fi

"$matdiff" --help >/dev/null
answer=$("$matdiff" grad 'x.T*A*x' --wrt x)
if [ "$answer" != '(A + A.T)*x' ]; then
  echo "smoke: grad x.T*A*x wrt x is (A + A.T)*x, not $answer" >&2
  exit 1
fi
"$matdiff" check --shipped >"$work/check.log" || { tail -n 20 "$work/check.log" >&2; exit 1; }
[ -s "$work/check.log" ] || { echo "smoke: check printed nothing" >&2; exit 1; }
tail -n 1 "$work/check.log"
echo "smoke: the wheel works"
