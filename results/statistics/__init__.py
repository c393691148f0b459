"""How sure a comparison is: intervals, tests, ranks."""

from skyedge.results.statistics.bootstrap import crossed_interval, mean_gap, mean_interval, mean_ratio, undominated
from skyedge.results.statistics.comparisons import Compared, compared, joined
from skyedge.results.statistics.evidence import Evidence, Quantity, curve_evidence, row_evidence, swept
from skyedge.results.statistics.methods import kinds, method, method_names
from skyedge.results.statistics.samples import ALL, INSTANCE, TableView, by_track, views
from skyedge.results.statistics.significance import SIGNIFICANCE, Ranks
from skyedge.results.statistics.varied import LEAST, Sweep, Worlds, described, differing, find_sweeps, in_words

__all__ = [
    "ALL",
    "INSTANCE",
    "LEAST",
    "SIGNIFICANCE",
    "Compared",
    "Evidence",
    "Quantity",
    "Ranks",
    "Sweep",
    "TableView",
    "Worlds",
    "by_track",
    "compared",
    "crossed_interval",
    "curve_evidence",
    "described",
    "differing",
    "find_sweeps",
    "in_words",
    "joined",
    "kinds",
    "mean_gap",
    "mean_interval",
    "mean_ratio",
    "method",
    "method_names",
    "row_evidence",
    "swept",
    "undominated",
    "views",
]
