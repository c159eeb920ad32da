"""`matdiff hessian`: second derivatives of scalars."""

from matdiff.cli.derivatives import derivative_command

HELP = """The Hessian of a scalar expression: its second derivatives by one variable.

\b
  $ matdiff hessian "norm2(X*w - y)^2" --wrt w
  2*X.T*X
  $ matdiff hessian "logsumexp(x)" --wrt x
  diag(softmax(x)) - softmax(x)*softmax(x).T
"""

command = derivative_command("hessian", HELP, "The second derivative of a scalar.")
