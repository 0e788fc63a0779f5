"""How long `pipeline --help` takes: processor time of the whole process, above that of an empty one.

    python bench/help.py PROJECT build/bench/help.json

User and system time as the kernel counts it for a child that has ended (getrusage(2)); both kinds of run alternate,
and the least of each counts, because whatever else the machine does can only add.
"""

import json
import os
import sys
from pathlib import Path

RUNS = 15
BOUND = 0.3  # seconds above the interpreter's own


def seconds(program: Path, *arguments: str) -> float:
    """Processor time of one run. Raises SystemExit when the program fails."""
    silent = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    child = os.posix_spawn(program, [program, *arguments], os.environ, file_actions=silent)
    _, status, used = os.wait4(child, 0)
    if status:
        raise SystemExit(f"bench: {program} {' '.join(arguments)} failed, its own words are above")
    return used.ru_utime + used.ru_stime


def main(project: Path, out: Path) -> None:
    """Measure, write `out`, print one line. Exit 1 above the bound."""
    programs = project.resolve() / ".venv/bin"
    os.chdir(project)
    pairs = [(seconds(programs / "python", "-c", ""), seconds(programs / "pipeline", "--help")) for _ in range(RUNS)]
    interpreter, whole = (min(values) for values in zip(*pairs, strict=True))
    above = whole - interpreter
    document = {"runs": RUNS, "interpreter_s": interpreter, "help_s": whole, "above_s": above, "bound_s": BOUND}
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(document, indent=2) + "\n")
    print(f"pipeline --help: {above:.3f} s above the interpreter's {interpreter:.3f} s (bound {BOUND} s)")
    if above >= BOUND:
        raise SystemExit(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]).resolve())
