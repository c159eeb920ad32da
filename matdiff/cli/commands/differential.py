"""`matdiff differential`: what a small change of the variables does to the value."""

from matdiff.cli.derivatives import derivative_command

HELP = """The differential of an expression: its change for small changes of the variables, to first order.

\b
  $ matdiff differential "A*X*B" --wrt X
  dF = A*dX*B
  $ matdiff differential "norm2(X*w - y)^2" --wrt w
  df = 2*(X*w - y).T*X*dw
  $ matdiff differential "x.T*A*y" --wrt x --wrt y
  df = dx.T*A*y + x.T*A*dy
  $ matdiff differential "inv(X)" --direction V
  dF = -inv(X)*V*inv(X)
"""

command = derivative_command("differential", HELP, "The change of a value for small changes of variables.")
