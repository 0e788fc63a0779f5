"""`pipeline bootstrap`: from an empty GitHub repository and an AWS account to the first release."""

import shutil

import click

from pipeline.command import Answer, verb


@verb("bootstrap", "pipeline bootstrap --reviewer somebody --reviewer my-organisation/owners")
@click.option(
    "--reviewer",
    "reviewers",
    multiple=True,
    metavar="LOGIN",
    help="Who approves production, a login or ORGANISATION/TEAM. Default: whoever gh is signed in as.",
)
@click.option("--public", is_flag=True, help="Make a repository that is missing public, not private.")
@click.option("--plan", "only_plan", is_flag=True, help="Show what would be done, and do nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(reviewers: tuple[str, ...], public: bool, only_plan: bool, yes: bool) -> Answer:
    """Set the project up: commit, repository, stacks, variables, environments, rules, first push.

    It shows what is done, what it will do and what a person must, asks once, then does one step after the
    other. Each looks at what is there first: run again, it takes up the work where it is, and changes nothing
    where all is done. It works through gh, pulumi and git; without gh it prints the steps instead (exit code
    2). Exit code 1: the rest waits for a person.
    """
    # here, so that --help needs neither AWS nor the policies
    from pipeline.asking import confirm
    from pipeline.bootstrap import plan
    from pipeline.bootstrap.asked import Asked
    from pipeline.bootstrap.step import PERSON, TODO, shown
    from pipeline.progress import console

    every = plan.steps(Asked(reviewers=reviewers, public=public))
    rows = [plan.Row(step.name, shown(step)) for step in every]
    if shutil.which("gh") is None:
        steps = plan.by_hand(rows, every)
        told = {**plan.document(rows, every), "by_hand": steps}
        return Answer(
            told, ["There is no gh on the PATH (https://cli.github.com). Without it:", *steps], code=2
        )
    if not only_plan and any(row.state.kind == TODO for row in rows):
        console().print(plan.table(rows))
        due = sum(row.state.kind == TODO for row in rows)
        confirm(f"bootstrap: {due} of {len(rows)} steps will be done, on GitHub and in AWS", yes=yes)
        rows = plan.carry_out(every)
    told = plan.document(rows, every)
    held = [step for row, step in zip(rows, every, strict=False) if step.holds and row.state.kind == PERSON]
    counted = ", ".join(f"{count} {kind}" for kind, count in told["counts"].items())
    left = f"{len(told['waiting'])} wait" if told["waiting"] else "none waits"
    return Answer(told, [plan.table(rows), f"{counted}; {left}"], code=1 if held and not only_plan else 0)
