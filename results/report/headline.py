"""What came out, in a sentence made from the comparison."""

from collections import Counter

import pandas as pd

from skyedge.results.statistics import method

UNDECIDED = "No method has a score on every instance yet."


def headline(comparison: pd.DataFrame) -> str:
    """Return which method is cheapest, how far from the optimum at most, and what the best online one costs more.

    Parameters
    ----------
    comparison : DataFrame
        From :func:`skyedge.results.tables.comparison.compare`.
    """
    scored = comparison[(comparison["scored"] > 0) & comparison["complete"]]
    if scored.empty:
        return UNDECIDED
    best, online = _cheapest(scored), _cheapest(scored[scored["information"] == "online"])
    words = f"{_leader(best)} {_where(best)}{_proof(best)}"
    if online.empty or (best["information"] == "online").all():
        return f"{words}."
    least, most = (f"{value:.1f}" for value in _excess(online, best))
    more = least if least == most else f"{least} to {most}"
    unseen = _leader(online) if len(online) == 1 else f"{_leader(online)} {_where(online)}"
    return f"{words}; without seeing the future {unseen}, and the least cost is {more} % higher."


def _cheapest(summaries: pd.DataFrame) -> pd.DataFrame:
    """Return the cheapest method's summary of every scenario."""
    return summaries.loc[summaries.groupby("scenario", sort=False)["cost"].idxmin()]


def _leader(best: pd.DataFrame) -> str:
    """Name the method that is cheapest in most scenarios."""
    leader, _ = _commonest(best)
    return f"{leader} is the cheapest"


def _where(best: pd.DataFrame) -> str:
    """Say where the leader is that."""
    _, count = _commonest(best)
    return f"on {best['scenario'].iloc[0]}" if len(best) == 1 else f"in {count} of {len(best)} scenarios"


def _commonest(best: pd.DataFrame) -> tuple[str, int]:
    return Counter(name(one) for _, one in best.iterrows()).most_common(1)[0]


def _proof(best: pd.DataFrame) -> str:
    """Say how far the cheapest are from the optimum at most, where every instance has a bound."""
    if best["best_bound"].isna().any():
        return ""
    gap = f"proved to be within {100 * best['gap'].mean():.2f} % of the optimum on average"
    return f", {gap}" if len(best) == 1 else f", and the cheapest is {gap}"


def _excess(online: pd.DataFrame, best: pd.DataFrame) -> tuple[float, float]:
    """Return by how much the best online method costs more than the best of all, in percent: least and most."""
    ratio = online.set_index("scenario")["cost"] / best.set_index("scenario")["cost"]
    return 100 * (ratio.min() - 1), 100 * (ratio.max() - 1)


def name(summary: pd.Series) -> str:
    """Return a method's name, with the track of a learned one."""
    return method(summary["solver"]) + (f" ({summary['track']})" if summary["track"] else "")
