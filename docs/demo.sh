# What `make demo` runs: the main commands on real input, each shown before its output.
set -eu

show() {
  printf '\n$ %s\n' "$1"
  sh -c "$1"
}

show 'matdiff grad "x.T*A*x" --wrt x -v'
show 'matdiff grad "x.T*A*x" --wrt x --where "A: n x n symmetric"'
show "matdiff grad \"(y - X*w)'*(y - X*w)\" --wrt w --format unicode"
show "matdiff hessian \"(y - X*w)'*(y - X*w)\" --wrt w"
show 'matdiff jacobian "sigmoid(u)" --wrt u'
show 'matdiff grad "logdet(X)" --wrt X --format latex'
show "printf 'x.T*A*x\ntr(A*B) wrt A\n' | matdiff grad --wrt x"
show 'matdiff check rules/network.rules'
show 'matdiff check rules/ | tail -n 1'
