"""Keep that an action was called: with which inputs, by which job."""

import json
import os
import sys
from pathlib import Path

given = {name: value for name, value in json.loads(os.environ["STAND_IN_INPUTS"]).items() if value}
call = {
    "action": sys.argv[1],
    "job": os.environ["GITHUB_JOB"],
    "workflow": os.environ["GITHUB_WORKFLOW"],
    "inputs": given,
}
with Path(os.environ["STAND_IN_CALLS"]).open("a") as file:
    file.write(json.dumps(call) + "\n")  # one write: jobs run beside each other
