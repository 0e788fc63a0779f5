"""A command that keeps how it was called and does nothing else, but give outputs of these names if it is asked to."""

import json
import os
import sys
from pathlib import Path

END = "end-of-a-value-9f2c"


def main() -> None:
    """Append the words to $IDLE_CALLS; write each of $IDLE_OUTPUTS with the value $IDLE_VALUE."""
    with Path(os.environ["IDLE_CALLS"]).open("a") as file:
        file.write(json.dumps([Path(sys.argv[1]).name, *sys.argv[2:]]) + "\n")
    with Path(os.environ["GITHUB_OUTPUT"]).open("a") as file:
        for name in os.environ["IDLE_OUTPUTS"].split():
            file.write(f"{name}<<{END}\n{os.environ['IDLE_VALUE']}\n{END}\n")


if __name__ == "__main__":
    main()
