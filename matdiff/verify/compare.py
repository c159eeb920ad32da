"""Is it true? A derivative against what the values alone say, two expressions against one another.

Only numbers are trusted here: how the answer came about is unknown to this room. These are the questions that it
answers; a file each has the work.
"""

from matdiff.verify.derivatives import check_derivative, check_derivatives
from matdiff.verify.directional import check_directional
from matdiff.verify.equality import check_equal, check_equal_exactly
from matdiff.verify.example import Values
from matdiff.verify.verdicts import Verdict

__all__ = [
    "Values",
    "Verdict",
    "check_derivative",
    "check_derivatives",
    "check_directional",
    "check_equal",
    "check_equal_exactly",
]
