"""`matdiff hessian`: second derivatives of scalars."""

from matdiff.cli.derivatives import derivative_command

HELP = """The Hessian of a scalar expression: its second derivatives by one variable, or by every pair of several.

\b
  $ matdiff hessian "norm2(X*w - y)^2" --wrt w
  2*X.T*X
  $ matdiff hessian "logsumexp(x)" --wrt x
  diag(softmax(x)) - softmax(x)*softmax(x).T
  $ matdiff hessian "logdet(X)" --direction V
  -(inv(X)*V*inv(X)).T
  $ matdiff hessian "t*x.T*x" --wrt x --wrt t --where "t: scalar"
  x,x: 2*t*I
  x,t: 2*x
  t,x: 2*x
  t,t: 0
"""

command = derivative_command("hessian", HELP, "The second derivative of a scalar.")
