"""`matdiff jacobian`: derivatives of vectors and matrices."""

from matdiff.cli.derivatives import derivative_command

HELP = """The Jacobian of an expression: the indices of the value, then those of the variable.

\b
  $ matdiff jacobian "y - W*x" --wrt x
  -W
  $ matdiff jacobian "-W*x" --wrt x
  -W
  $ matdiff jacobian "softmax(x)"
  diag(softmax(x)) - softmax(x)*softmax(x).T
"""

command = derivative_command("jacobian", HELP, "The derivative of a vector or matrix.", has_layouts=True)
