"""The `pulumi` command as `pipeline stack up` calls it, on stacks that `sandbox up` has made: no state is kept.

What it changes it changes with the keys of the job, as the vendor's command would.
"""

import subprocess
import sys
from pathlib import Path

SELECTED = Path(".selected")  # of the program's folder, which a job has a copy of


def main(sandbox: str, words: list[str]) -> int:
    """Exit code of `pulumi WORDS`; `sandbox` is the command. Ends with a sentence for anything else."""
    if words[:2] == ["stack", "select"]:
        SELECTED.write_text(words[-1])
        return 0
    if words[:1] != ["up"] or "--yes" not in words:
        raise SystemExit(f"the stand-in has no `pulumi {' '.join(words)}`")
    root = Path.cwd().parents[1]
    command = [sandbox, "up", str(Path.cwd().relative_to(root)), "--stack", SELECTED.read_text()]
    return subprocess.run(command, cwd=root).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
