"""Each rule and each linter finds what it is there for: a fault planted in a copy of the project's own workflows."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import workflow_linters as linters
import workflow_rules as rules
from test_workflows import FOLDERS, copy_of, wiring

JOB = r"(\n    runs-on: \$\{\{ vars\.RUNNER .*)"  # a line that every job of steps has


class Fault(NamedTuple):
    """What is looked for in a file (a regular expression), what it becomes there, and who must find it."""

    found: str
    planted: str
    finders: tuple[Callable[..., object], ...]


FAULTS = {
    "an action by its tag": Fault(r"@[0-9a-f]{40} # (v\d+)\.\d+\.\d+", r"@\1", (rules.unpinned, linters.zizmor)),
    "an action by its branch": Fault(r"@[0-9a-f]{40} # .*", "@main", (rules.unpinned, linters.zizmor)),
    "a commit without its version": Fault(r"(@[0-9a-f]{40}) # .*", r"\1", (rules.unpinned,)),
    "every permission": Fault(
        r"\npermissions: \{\}", "\npermissions: write-all", (rules.broad_permissions, linters.zizmor)
    ),
    "a permission for every job": Fault(
        r"\npermissions: \{\}", "\npermissions:\n  id-token: write", (rules.broad_permissions, linters.zizmor)
    ),
    "every permission for one job": Fault(
        r"\n    permissions:\n(?: {6}.*\n)+",
        "\n    permissions: write-all\n",
        (rules.broad_permissions, linters.zizmor),
    ),
    "the right to write the repository": Fault(
        r"contents: read # checkout", "contents: write # to push", (rules.broad_permissions,)
    ),
    "a grant without its reason": Fault(r"contents: read # .*", "contents: read", (rules.broad_permissions,)),
    "a grant that GitHub does not know": Fault(
        r"contents: read # .*", "contends: read # checkout", (linters.schema, linters.actionlint)
    ),
    "an expression in a workflow's shell": Fault(
        r"- run: pipeline .*",
        "- run: echo ${{ github.head_ref }}",
        (rules.spliced, linters.zizmor, linters.actionlint),
    ),
    "an input in a workflow's shell": Fault(
        r"- run: pipeline .*", "- run: echo ${{ inputs.version }}", (rules.spliced,)
    ),
    "an expression in an action's shell": Fault(
        r'- run: make setup ONLY="\$ONLY"',
        "- run: make setup ONLY=${{ inputs.groups }}",
        (rules.spliced, linters.zizmor),
    ),
    "an unknown job that is needed": Fault(r"\n    needs: .*", "\n    needs: [nobody]", (linters.actionlint,)),
    "an unknown input of the project's action": Fault(
        r"\n          groups: .*", "\n          group: gate", (linters.actionlint,)
    ),
    "an unknown key": Fault(r"timeout-minutes", "timout-minutes", (linters.schema, linters.actionlint, rules.untimed)),
    "a job without an end": Fault(r"\n    timeout-minutes: .*", "", (rules.untimed,)),
    "a decision in YAML": Fault(
        r"- run: pipeline .*",
        "- run: |\n          a=1\n          b=2\n          c=3\n          echo $((a + b + c))",
        (rules.long_steps,),
    ),
    "shell that splits words": Fault(
        r"- run: pipeline .*", "- run: rm $HOME/$1", (linters.shellcheck, linters.actionlint)
    ),
    "shell in an action that splits words": Fault(r'ONLY="\$ONLY"', "ONLY=$ONLY", (linters.shellcheck,)),
    "a token left in the folder": Fault(
        r"\n +persist-credentials: false", "", (rules.kept_credentials, linters.zizmor)
    ),
    "a token kept in the folder": Fault(
        r"persist-credentials: false", "persist-credentials: true", (rules.kept_credentials, linters.zizmor)
    ),
    "a stranger's change with this repository's rights": Fault(
        r"\n  pull_request:", "\n  pull_request_target:", (rules.untrusted_triggers, linters.zizmor)
    ),
    "a run that a stranger's run starts": Fault(
        r"\n  workflow_dispatch:",
        "\n  workflow_run:\n    workflows: [check]\n    types: [completed]\n  workflow_dispatch:",
        (rules.untrusted_triggers, linters.zizmor),
    ),
    "a secret in a pull request's job": Fault(
        r"(\n  pull_request:(?:.*\n)*?    timeout-minutes: .*)",
        r"\1\n    env:\n      KEY: ${{ secrets.KEY }}",
        (rules.stored_keys, linters.zizmor),
    ),
    "a stored key of the cloud": Fault(
        r"(\n +)role: \$\{\{.*", r"\1role: ${{ secrets.AWS_ROLE }}", (rules.stored_keys,)
    ),
    "all secrets for a called workflow": Fault(
        r"\njobs:\n",
        "\njobs:\n  called:\n    uses: ./.github/workflows/release.yml\n    secrets: inherit\n",
        (rules.stored_keys, linters.zizmor),
    ),
    "a role of another branch": Fault(r"github\.ref == 'refs/heads/main'( && )?", "true\\1", (rules.unguarded,)),
    "a role in a stranger's pull request": Fault(
        r"(?s)(\n  pull_request:.*?- uses: \./\.github/actions/setup\n)(?! +with)",
        r"\1        with:\n          role: ${{ vars.ROLE_REPORT }}\n",
        (rules.strangers_roles,),
    ),
    "an artefact that stays when its job is run again": Fault(r"\n +overwrite: true.*", "", (rules.written_once,)),
    "a job that a skipped one takes along": Fault(
        r"!cancelled\(\) && needs\.staging\.result", "needs.staging.result", (rules.lost,)
    ),
    "a deployment that the next one ends": Fault(
        r"cancel-in-progress: false", "cancel-in-progress: true", (rules.interrupted,)
    ),
    "nothing said of a second run": Fault(r"\nconcurrency:\n(?:  .*\n)+", "\n", (rules.interrupted, linters.zizmor)),
    "a runner of its own": Fault(JOB, "\n    runs-on: ubuntu-latest", (rules.own_runners,)),
}


def planted(fault: Fault, files: list[Path]) -> Iterator[Path]:
    """Each file in which the fault can be planted, with the fault in it; sound again afterwards."""
    for path in files:
        sound = path.read_text()
        text = re.sub(fault.found, fault.planted, sound)
        if text != sound:
            path.write_text(text)
            yield path
            path.write_text(sound)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_fault_is_found(fault: Fault, tmp_path: Path) -> None:
    """By each rule wherever it can be, and by each linter, which takes longer, in the first file that takes it."""
    tried, blind = 0, []
    for path in planted(fault, wiring(copy_of(FOLDERS["project"], tmp_path / "copy"))):
        looking = [finder for finder in fault.finders if finder in rules.RULES or not tried]
        blind += [f"{finder.__name__} in {path.name}" for finder in looking if not finder(path)]
        tried += 1
    assert tried, "this fault can be planted nowhere: the workflows have changed, and so must its place"
    assert blind == []


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_every_rule_is_tried(rule: Callable[[Path], list[str]]) -> None:
    """A new rule comes with its fault."""
    assert [name for name, fault in FAULTS.items() if rule in fault.finders] != []
