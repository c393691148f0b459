"""How the house is built: ``python -m tests.house`` prints measures and flows, ``--draw FILE`` draws the floors."""

import argparse

from tests.house import flows, measures, picture


def main() -> None:
    """Print, or draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draw", metavar="FILE", help="write the picture of docs/architecture.md")
    chosen = parser.parse_args()
    if chosen.draw:
        picture.draw().savefig(chosen.draw, dpi=150, metadata={"Software": None})
        return
    print(*measures.report(), sep="\n", flush=True)
    print(*flows.report(), sep="\n")


if __name__ == "__main__":
    main()
