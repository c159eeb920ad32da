"""`matdiff grad`: gradients of scalars."""

from matdiff.cli.derivatives import derivative_command

HELP = """The gradient of a scalar expression, with the shape of the variable.

\b
  $ matdiff grad "x.T*A*x" --wrt x
  (A + A.T)*x
  $ matdiff grad "x'*A*x" --wrt x --where "A: n x n symmetric"
  2*A*x
  $ matdiff grad "dot(y - W*x, y - W*x)" --wrt x --wrt W
  x: 2*W.T*(W*x - y)
  W: 2*(W*x - y)*x.T
  $ printf 'x.T*A*x wrt x\\ntr(A*B) wrt A\\n' | matdiff grad
  (A + A.T)*x
  B.T
  $ matdiff grad "x.T*x" --wrt x --claim x
  different: equal up to the factor 2
  right: 2*x
  at x = [-1, -2]: [-1, -2] is claimed where [-2, -4] is right
"""

command = derivative_command("grad", HELP, "The gradient of a scalar.", has_layouts=True)
