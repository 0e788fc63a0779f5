"""The console command `pipeline`. Verbs are imported as they run, so that help is quick."""

import importlib
import json
import sys
from collections.abc import Sequence
from typing import Any

import click

from pipeline import workflow
from pipeline.command import Answer
from pipeline.errors import PipelineError, UserError, explain

VERBS = {
    "bootstrap": "Set the project up, from an empty GitHub repository to its first release.",
    "data": "Check new data, pin it in the manifest, or take in what arrives in S3.",
    "due": "Say whether a retrain is due, and why.",
    "changed": "Say whether there is anything to train or to register.",
    "image": "Build the training and serving images, unless ECR has them.",
    "smoke": "Build both images here, and run each as SageMaker would.",
    "train": "Train on the pinned data, unless that has been done.",
    "evaluate": "Score candidate and champion on the same frozen rows.",
    "gate": "Decide whether the candidate may be registered.",
    "runs": "List what was trained, on AWS and here, or compare two of it.",
    "register": "Put the candidate into the model registry.",
    "start": "Start GitHub's workflow that releases a version.",
    "card": "Show the model card of a version.",
    "approval": "Say whether a release may enter an environment, and who let it.",
    "release": "Bring a registered version into an environment.",
    "rollback": "Return an environment to an earlier promoted version.",
    "reconcile": "Close what a dead process left of a release.",
    "monitor": "Say whether what production is asked and answers keeps the promises of policy.toml.",
    "status": "Show what each environment serves.",
    "deployment": "Tell GitHub what became of an environment's releases.",
    "explain": "Say what happened to a release, and what to do next.",
    "history": "Show who changed what, when and why.",
    "postmortem": "Begin the page about an incident from what the record knows.",
    "drill": "Rehearse an incident on this machine, and see what finds it.",
    "lineage": "Show what a version was made of, or which models saw a file.",
    "prune": "Delete the models and configurations that nobody goes back to.",
    "expire": "Take staging's endpoint down some hours after its last release.",
    "report": "Say what a pull request would change, as one comment for its reviewers.",
    "issue": "Tell people on GitHub that a scheduled run went wrong.",
    "comment": "Put what a check has found under its pull request, as one comment.",
    "passed": "Say whether a check's jobs did what they must.",
    "stack": "Preview or apply what infra/ makes on AWS, or find what others changed.",
    "doctor": "Check that the account is ready, and say what to do where it is not.",
    "teardown": "Delete what the verbs made.",
}


class Verbs(click.Group):
    """The verbs; only the one that is asked for is imported."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of a model's life."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb `cmd_name`, or None when there is none of that name."""
        if cmd_name not in VERBS:
            return None
        command: click.Command = importlib.import_module(f"pipeline.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of verbs without importing them."""
        with formatter.section("Verbs, in the order of a model's life"):
            formatter.write_dl(list(VERBS.items()))


@click.command(cls=Verbs, context_settings={"max_content_width": 110})
def cli() -> None:
    """From data to a model in production that cannot silently get worse.

    Exit codes: 0 done, 1 refused, 2 your mistake, 3 the service stack must create the endpoint now. A release
    that was taken back: 10 by its judge or the contract test, 11 because nobody judged, 12 by an alarm that
    needs no judge, 13 by a person. 20 infrastructure.
    """


def run(arguments: Sequence[str]) -> int:
    """Run one verb, print its answer or why there is none, and return the exit code."""
    as_json, called = "--json" in arguments, _called(arguments)
    try:
        answer = cli.main(list(arguments), prog_name="pipeline", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return 2
    except click.ClickException as error:
        return _stop(called, UserError(_misused(error)), as_json)
    except (click.Abort, KeyboardInterrupt):
        interrupted = PipelineError("interrupted; the same verb takes up the work where it is")
        return _stop(called, interrupted, as_json, 130)
    except Exception as error:
        stop = explain(error)
        if stop is None:
            raise
        return _stop(called, stop, as_json)
    if not isinstance(answer, Answer):
        return 0
    workflow.tell(called, answer)
    return _print(answer, as_json)


def _called(arguments: Sequence[str]) -> str:
    """The command in a word or two, without what somebody else may have written."""
    return " ".join(["pipeline", *(one for one in arguments[:1] if one in VERBS)])


def _misused(error: click.ClickException) -> str:
    """What click says, on one line, and where it is written how the verb is used."""
    said = " ".join(error.format_message().split()).removesuffix(".")
    asked = error.ctx if isinstance(error, click.UsageError) else None
    return f"{said}; see `{asked.command_path} --help`" if asked else said


def _stop(called: str, stop: PipelineError, as_json: bool, code: int | None = None) -> int:
    """Say why there is no answer."""
    workflow.stopped(called, str(stop))
    if as_json:
        print(json.dumps({"error": str(stop)}))
    else:
        print(f"pipeline: {stop}", file=sys.stderr)
    return stop.code if code is None else code


def _print(answer: Answer, as_json: bool) -> int:
    """Print the answer on stdout."""
    if as_json:
        print(json.dumps(answer.document))
        return answer.code
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    for line in answer.lines:
        _show(console, line)
    return answer.code


def _show(console: Any, line: Any) -> None:
    """Print one line or table; text is never read as markup."""
    console.print(line, markup=not isinstance(line, str))


def main() -> None:
    """Run as a console command."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
