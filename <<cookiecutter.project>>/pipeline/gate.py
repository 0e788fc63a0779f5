"""`pipeline gate`: may this candidate be registered? The rules decide, the verdict is kept in S3."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import click

from pipeline import aws, evaluate, objects, policy, record, rules, table, tracking
from pipeline.command import Answer, Document, verb
from pipeline.comparison import Comparison
from pipeline.errors import InfrastructureError, UserError
from pipeline.progress import say
from pipeline.report import decided
from pipeline.sections import Gate

PREFIX = "gate/"
PASS, STOP, OFF, OVERRIDDEN = "pass", "STOP", "off", "overridden"


def verdict(bounds: Gate, candidate: Document, champion: Document | None) -> Document:
    """What is decided, on which numbers, and what to do next. Pure; the verb adds who and where."""
    compared = Comparison(candidate, champion)
    decided = rules.decide(bounds, candidate, champion, compared)
    difference = compared.to_champion.get(bounds.metric)
    return {
        "called": rules.called(bounds.metric, difference, bounds.margin),
        "rules": [{**asdict(rule), "value": table.number(rule.value), "override": None} for rule in decided],
        "comparison": table.comparison(compared),
        "segments": table.segments(compared, bounds.metric, bounds.segment_rows),
    }


def state(rule: Document) -> str:
    """How a rule of a verdict stands."""
    if rule["passed"] is None:
        return OFF
    if rule["passed"]:
        return PASS
    return OVERRIDDEN if rule["override"] else STOP


def refusing(verdict: Document) -> list[Document]:
    """The rules that stop a candidate."""
    return [rule for rule in verdict["rules"] if state(rule) == STOP]


def require_reason(asked: Sequence[str], reason: str | None) -> None:
    """Refuse an override without a reason, and a reason without an override. Raises UserError."""
    if asked and not (reason and reason.strip()):
        raise UserError(
            'an override needs a reason: add --reason "…", a sentence for whoever reads the record'
        )
    if reason and not asked:
        raise UserError("--reason belongs to an override: add --override RULE, with the rule's name")


def override(found: Document, asked: Sequence[str], reason: str | None, by: str, at: str) -> None:
    """Write into a verdict's rules who takes the responsibility for those in `asked`, and why.

    Raises UserError when one of them does not refuse, or is none that a person can weigh.
    """
    refused = {rule["rule"]: rule for rule in refusing(found)}
    for name in asked:
        if name in rules.STRUCTURAL:
            raise UserError(
                f"{name} cannot be overridden, because the other rules' numbers mean nothing without it: "
                f"{rules.NEXT[name]}"
            )
        if name not in refused:
            names = ", ".join(refused) or "none"
            raise UserError(
                f"{name} does not refuse this candidate, so there is nothing to override: {names} does"
            )
        refused[name]["override"] = {"by": by, "reason": reason, "at": at}


def given(verdict: Document | None) -> Document:
    """The override of each rule that has one."""
    rules = verdict["rules"] if verdict else []
    return {rule["rule"]: rule["override"] for rule in rules if rule.get("override")}


def keep(found: Document, earlier: Document | None) -> list[str]:
    """Take over the overrides of an earlier verdict on the same evaluations; which rules they are for.

    An override is a judgement of these numbers: with others, or where a rule passes by now, it is void.
    """
    if earlier is None or earlier["evaluations"] != found["evaluations"]:
        return []
    before = given(earlier)
    kept = [rule for rule in refusing(found) if rule["rule"] in before]
    for rule in kept:
        rule["override"] = before[rule["rule"]]
    return [rule["rule"] for rule in kept]


def again(found: Document, bounds: Gate) -> list[str]:
    """The rules that refuse a stored verdict's candidate by today's policy, on the same numbers. Pure."""
    scored = found["evaluations"]
    new = verdict(bounds, scored["candidate"], scored["champion"]) | {"evaluations": scored}
    keep(new, found)
    return [rule["rule"] for rule in refusing(new)]


def key(candidate: str) -> str:
    """Where the verdict on a candidate is in the bucket."""
    return f"{PREFIX}{candidate}.json"


def asked() -> list[tuple[str, datetime]]:
    """The candidates that the gate was asked about, and when it last was; the last one first."""
    return [(name.removesuffix(".json"), at) for name, at in objects.newest(PREFIX)]


def read(candidate: str) -> Document | None:
    """The verdict on a candidate, or None when the gate has not been asked."""
    return _stored(candidate)[0]


def _stored(candidate: str) -> tuple[Document | None, objects.Condition]:
    """The same, and the condition under which S3 lets another one take its place."""
    content, unchanged = objects.read(key(candidate))
    return None if content is None else json.loads(content), unchanged


def _store(verdict: Document, unchanged: objects.Condition) -> None:
    """Write a verdict, unless somebody else has: theirs may hold an override that this one does not know."""
    if not objects.write(key(verdict["candidate"]), json.dumps(verdict).encode(), unchanged):
        raise InfrastructureError(
            "somebody else asked the gate about this candidate at the same time: run the verb again"
        )


def recorded(evaluation: Document, uri: str) -> Document:
    """What the run record keeps of an evaluation; the tallies stay where they are."""
    return {**{name: evaluation[name] for name in ("metrics", "baseline", "window", "rows")}, "uri": uri}


def ask(
    done: evaluate.Evaluated,
    bounds: Gate,
    caller: Callable[[], str],
    overrides: Sequence[str] = (),
    reason: str | None = None,
) -> Document:
    """Decide on a candidate, store the verdict, tell the run record; `caller` says who asks.

    What production serves keeps the verdict that let it in. Raises UserError as `override` does, and
    InfrastructureError when somebody else asks at the same time.
    """
    earlier, unchanged = _stored(done.candidate.job)
    if earlier and earlier["passed"] and evaluate.serves(done.champion, done.candidate):
        say("gate: production serves this candidate already, so the verdict that let it in stays")
        return earlier
    candidate, champion = done.documents["candidate"] or {}, done.documents["champion"]
    found = verdict(bounds, candidate, champion) | {"evaluations": done.documents, "evaluation_uri": done.uri}
    by = caller()
    override(found, overrides, reason, by, datetime.now(UTC).isoformat(timespec="seconds"))
    kept = keep(found, earlier)
    for rule in (one for one in given(earlier) if one not in overrides):
        held = "holds" if rule in kept else "is void: the numbers are others, or the rule passes"
        say(f"gate: the recorded override of {rule} {held}")
    passed = not refusing(found)
    document = {
        "passed": passed,
        "candidate": done.candidate.job,
        "champion": evaluate.shown(done.champion),
        "by": by,
        **found,
        "next": "pipeline register" if passed else str(refusing(found)[0]["next"]),
    }
    _store(document, unchanged)
    told = record.add(done.candidate.job, evaluation=recorded(candidate, done.uri), gate=short(document))
    tracking.log(told)
    return document


def short(verdict: Document) -> Document:
    """A verdict without the evaluations, which are long."""
    return {name: value for name, value in verdict.items() if not name.startswith("evaluation")}


def lines(document: Document) -> Iterator[Any]:
    """The verdict for a person: the numbers, the rules below them, and what to do now."""
    yield table.metrics(document["comparison"])
    yield table.rules([(state(rule), rule) for rule in document["rules"]])
    for rule in document["rules"]:
        if one := rule["override"]:
            yield f"{rule['rule']} is overridden by {one['by']}: {one['reason']}"
    for rule in refusing(document):
        yield f"{rule['rule']}: {rule['next']}"
    said = "The gate is passed" if document["passed"] else "The gate refuses this candidate"
    yield f"{said}; called: {document['called']}."


@verb("gate", 'pipeline gate --override calibration --reason "The label is counted anew since May"')
@click.option(
    "--override", "overrides", multiple=True, metavar="RULE", help="Let this rule not refuse; repeatable."
)
@click.option("--reason", metavar="TEXT", help="Why, for the record; an override needs it.")
def command(overrides: tuple[str, ...], reason: str | None) -> Answer:
    """Decide whether the candidate of the present tree may be registered, by the rules of policy.toml [gate].

    Evaluates first when that has not been done. An override is recorded with its reason, by whom and when; it
    holds as long as candidate, champion and rows stay the same. What production serves already keeps the
    verdict that let it in. Exit code 1 means: refused.
    """
    require_reason(overrides, reason)
    return _answer(ask(evaluate.evaluate(), policy.load().gate, aws.caller, overrides, reason))


def _answer(verdict: Document) -> Answer:
    shown = short(verdict)
    if shown["passed"]:
        return Answer(shown, list(lines(shown)), summary=decided.passed(shown))
    summary = decided.refused(shown, refusing(shown), rules.STRUCTURAL)
    return Answer(shown, list(lines(shown)), code=1, summary=summary)
