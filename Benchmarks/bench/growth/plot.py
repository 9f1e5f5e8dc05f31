"""One picture of all curves."""

import matplotlib
matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402


def draw(curves, path):
    # The same numbers make the same file.
    plt.rcParams.update({"svg.hashsalt": "trellis", "font.size": 8})
    kinds = list(dict.fromkeys(curve.of for curve in curves))
    figure, axes = plt.subplots(1, len(kinds), figsize=(3.2 * len(kinds), 3.6), squeeze=False)
    for axis, kind in zip(axes[0], kinds, strict=True):
        for curve in (curve for curve in curves if curve.of == kind):
            sizes = sorted(curve.points)
            axis.plot(sizes, [curve.points[size] for size in sizes], marker="o", markersize=3, label=curve.what)
        axis.set_xscale("log")
        axis.set_yscale("log")
        axis.set_xlabel(kind)
        axis.set_ylim(bottom=1)
        axis.grid(True, alpha=0.3)
        axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), fontsize=7, frameon=False)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
