"""Makes build/bench/flights.parquet: all 336,776 flights of 2013, with the columns of the project's sample.

Run it where the packages are that make_sample.py names: `make bench-gate` does, once.
"""

import runpy
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
SAMPLE = REPOSITORY / "<<cookiecutter.project>>" / "data" / "make_sample.py"


def main(target: Path) -> None:
    """Write the table, in order of time."""
    make = runpy.run_path(str(SAMPLE))
    flights, weather, planes = make["tables"]()
    rows = make["columns"](flights, weather, planes).sort("scheduled", "carrier", "flight", "origin")
    target.parent.mkdir(parents=True, exist_ok=True)
    rows.drop("month").write_parquet(target)
    print(f"{target}: {rows.height} rows")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
