"""Every folder that the suite reads from or writes to."""

from pathlib import Path

PACKAGE = Path(__file__).parent
CHECKOUT = PACKAGE.parents[1] if (PACKAGE.parents[1] / "pyproject.toml").is_file() else None  # None: from a wheel

RUNS = PACKAGE / "results" / "runs" if CHECKOUT else Path("skyedge-runs")  # of campaigns, written
TRAINED = RUNS / "training"
PUBLISHED = PACKAGE / "results" / "published" if CHECKOUT else Path("skyedge-published")
POLICIES = PACKAGE / "results" / "published" / "policies"  # shipped, as are the following

SCENARIOS = PACKAGE / "problem" / "scenario" / "presets"
CONSTELLATIONS = PACKAGE / "problem" / "constellations" / "presets"
CATALOGUE = PACKAGE / "problem" / "catalogue"
HYPERPARAMETERS = PACKAGE / "rl" / "algorithms" / "shipped"
CAMPAIGNS = PACKAGE / "results" / "campaign" / "shipped"
TRAININGS = PACKAGE / "results" / "training" / "shipped"
PUBLICATIONS = PACKAGE / "results" / "publication" / "shipped"
CLAIMS = PACKAGE / "results" / "publication" / "paper_claims.toml"
SETS = PACKAGE / "results" / "sets"
