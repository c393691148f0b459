"""Every folder that the suite reads from or writes to."""

from pathlib import Path

PACKAGE = Path(__file__).parent
CHECKOUT = PACKAGE.parents[1] if (PACKAGE.parents[1] / "pyproject.toml").is_file() else None  # None: from a wheel
RESULTS = (CHECKOUT or PACKAGE) / "results"

# Written
RUNS = RESULTS / "runs" if CHECKOUT else Path("skyedge-runs")  # of campaigns
TRAINED = RUNS / "training"
PUBLISHED = RESULTS / "published" if CHECKOUT else Path("skyedge-published")

# Shipped
POLICIES = RESULTS / "published" / "policies"
SETS = RESULTS / "sets"
CAMPAIGNS = RESULTS / "campaign" / "shipped"
TRAININGS = RESULTS / "training" / "shipped"
PUBLICATIONS = RESULTS / "publication" / "shipped"
CLAIMS = RESULTS / "publication" / "paper_claims.toml"
SCENARIOS = PACKAGE / "problem" / "scenario" / "presets"
CONSTELLATIONS = PACKAGE / "problem" / "constellations" / "presets"
CATALOGUE = PACKAGE / "problem" / "catalogue"
HYPERPARAMETERS = PACKAGE / "rl" / "algorithms" / "shipped"


def named(folder: Path) -> str:
    """Return how help names a folder that is written to: from the checkout's root, or from the working folder."""
    return str(folder.relative_to(CHECKOUT)) if CHECKOUT else f"./{folder}"
