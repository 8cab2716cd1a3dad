"""The picture of a run of make bench: docs/performance.svg. The same figures make the same file, to the letter."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from benchmarks.table_sizes import Size

PLACE = Path(__file__).parents[1] / "docs" / "performance.svg"
LOOKS = {"svg.hashsalt": "leadmill", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 9}
THOUSANDS = FuncFormatter(lambda value, _: f"{value:,.0f}")
CALLS, IMPORTS, BARE = "#1f77b4", "#2ca02c", "#7f7f7f"


def draw(bare: float, calls: Mapping[int, float], sizes: Sequence[Size], place: Path = PLACE) -> None:
    """Requests a second by connections, rows a second by leads in the table, each beside the bare loop of the same minutes."""
    with rc_context(LOOKS):
        figure = Figure(figsize=(8, 3.2), layout="constrained")
        left, right = figure.subplots(1, 2)
        _draw_calls(left, bare, calls)
        _draw_sizes(right, sizes)
        figure.savefig(place, format="svg", metadata={"Date": None, "Creator": None})


def _draw_calls(axes: Axes, bare: float, calls: Mapping[int, float]) -> None:
    places = range(len(calls))
    bars = axes.bar(places, list(calls.values()), color=CALLS, width=0.6)
    axes.bar_label(bars, [f"{rate:,.0f}\n{rate / bare:.3f}" for rate in calls.values()], padding=2)
    told = f"below each rate: of the bare loop's {bare:,.0f} rows a second"
    axes.set(title=f"add_lead with DUPSYS + DNC\n({told})", xlabel="connections", ylabel="requests a second")
    axes.set_xticks(places, [str(connections) for connections in calls])
    axes.yaxis.set_major_formatter(THOUSANDS)
    axes.margins(y=0.2)


def _draw_sizes(axes: Axes, sizes: Sequence[Size]) -> None:
    leads = [size.leads for size in sizes]
    for name, rates, color in (("bare loop", [s.bare for s in sizes], BARE), ("import", [s.imported for s in sizes], IMPORTS)):
        axes.plot(leads, rates, marker="o", color=color, label=name)
        for where, rate in zip(leads, rates, strict=True):
            axes.annotate(f"{rate:,.0f}", (where, rate), textcoords="offset points", xytext=(4, 6))
    axes.set(title="import with DUPSYS + both DNC lists,\none worker", xlabel="leads in the table", ylabel="rows a second")
    axes.set_ylim(0, max(max(size.bare, size.imported) for size in sizes) * 1.2)
    axes.set_xticks(leads)
    axes.yaxis.set_major_formatter(THOUSANDS)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / 1e6:g} million" if value else "0"))
    axes.margins(x=0.12)
    axes.legend(loc="lower center", frameon=False)
