"""The times of evaluation as a picture: a column for each problem, gradients above Hessians."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
from PIL import Image

from benchmarks.evaluation import Measured

LINES = {
    "by hand": {"color": "black", "linestyle": ":"},
    "matdiff numpy": {"color": "tab:red"},
    "matdiff jax": {"color": "tab:red", "linestyle": "--"},
    "jax": {"color": "tab:blue", "linestyle": "--"},
    "matdiff torch": {"color": "tab:red", "linestyle": "-."},
    "torch": {"color": "tab:green", "linestyle": "-."},
}
KINDS = {"gradient": "value and gradient", "hessian": "Hessian"}


def draw(measured: Sequence[Measured], path: Path) -> None:
    """Write the picture as a PNG."""
    mpl.use("Agg")
    names = list(dict.fromkeys(m.problem.name for m in measured))
    figure, grid = plt.subplots(len(KINDS), len(names), figsize=(2.3 * len(names), 5.2), layout="constrained")
    for row, (kind, words) in enumerate(KINDS.items()):
        for column, name in enumerate(names):
            axes = grid[row][column]
            draw_lines(axes, [m for m in measured if m.problem.name == name and m.kind == kind])
            axes.set_title(name if row == 0 else "", fontsize=9)
            axes.set_xlabel("n" if row else "", fontsize=8)
            axes.set_ylabel(f"{words}, ms" if column == 0 else "", fontsize=8)
    handles, labels = grid[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(LINES), fontsize=8, frameon=False)
    with BytesIO() as drawn:
        figure.savefig(drawn, dpi=80)
        Image.open(drawn).convert("RGB").quantize(48).save(path, optimize=True)
    plt.close(figure)


def draw_lines(axes: plt.Axes, measured: Sequence[Measured]) -> None:
    """The median of each way over the size, both on logarithmic scales."""
    sizes = [m.size for m in measured]
    for way, style in LINES.items():
        axes.plot(sizes, [1000 * m.times[way].middle for m in measured], label=way, linewidth=1.3, **style)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks(sizes, labels=map(str, sizes), minor=False)
    axes.set_xticks([], minor=True)
    axes.tick_params(labelsize=6)
    axes.grid(visible=True, linewidth=0.3)
