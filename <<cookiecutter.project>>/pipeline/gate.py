"""`pipeline gate`: may this candidate be registered? `decide` is pure; the verdict is kept in S3."""

import json
from dataclasses import asdict, dataclass

from pipeline import aws, evaluate, policy, settings
from pipeline.command import Answer, Document, verb
from pipeline.policy import Gate


@dataclass(frozen=True)
class Rule:
    """One rule of the gate with the numbers it was decided on."""

    rule: str
    passed: bool
    value: float | str
    bound: float | str
    sentence: str


def decide(bounds: Gate, candidate: Document, champion: Document | None) -> list[Rule]:
    """Every rule that applies; the gate is passed when all are. A metric that is NaN passes nothing."""
    metric = bounds.metric
    value, base = candidate["metrics"][metric], candidate["baseline"][metric]
    rows = candidate["rows"]
    rules = [
        _rule("rows", rows, bounds.minimum_rows, rows >= bounds.minimum_rows, "evaluation rows", "at least"),
        _rule("base_rate", value, base, value < base, metric, "below the base rate's"),
    ]
    if champion is None:
        return rules
    worst = champion["metrics"][metric] + bounds.margin
    accuracy, least = candidate["metrics"]["accuracy"], champion["metrics"]["accuracy"] - bounds.accuracy_drop
    ours, theirs = _rows_of(candidate), _rows_of(champion)
    return [
        *rules,
        Rule("same_rows", ours == theirs, ours, theirs, "both must be scored on the same rows"),
        _rule("champion", value, worst, value <= worst, metric, "at most the champion's plus the margin,"),
        _rule(
            "accuracy",
            accuracy,
            least,
            accuracy >= least,
            "accuracy",
            "at least the champion's less the drop,",
        ),
    ]


def _rule(name: str, value: float, bound: float, passed: bool, what: str, relation: str) -> Rule:
    return Rule(name, bool(passed), value, bound, f"{what} {value:.6g} must be {relation} {bound:.6g}")


def _rows_of(document: Document) -> str:
    """What was scored: manifest, number of rows, first and last moment."""
    window = document["window"]
    return f"{document['manifest_sha256'][:12]}, {document['rows']} rows, {window['from']} to {window['to']}"


def key(candidate: str) -> str:
    """Where the verdict on a candidate is in the bucket."""
    return f"gate/{candidate}.json"


def read(candidate: str) -> Document | None:
    """The verdict on a candidate, or None when the gate has not been asked."""
    found = aws.find(aws.client("s3").get_object, Bucket=settings.storage().bucket, Key=key(candidate))
    if found is None:
        return None
    verdict: Document = json.loads(found["Body"].read())
    return verdict


@verb("gate", "pipeline gate --json")
def command() -> Answer:
    """Decide whether the candidate of the present tree may be registered, by the rules of policy.toml [gate].

    Evaluates first when that has not been done. Exit code 1 means: refused.
    """
    done = evaluate.evaluate()
    candidate = done.documents["candidate"] or {}
    rules = decide(policy.load().gate, candidate, done.documents["champion"])
    passed = all(rule.passed for rule in rules)
    document = {
        "passed": passed,
        "candidate": done.candidate.job,
        "champion": evaluate.shown(done.champion),
        "rules": [asdict(rule) for rule in rules],
        "next": "pipeline register" if passed else "better data or another model, then pipeline train",
    }
    body = json.dumps({**document, "evaluations": done.documents, "evaluation_uri": done.uri}).encode()
    aws.client("s3").put_object(Bucket=settings.storage().bucket, Key=key(done.candidate.job), Body=body)
    lines = [f"{'pass' if rule.passed else 'STOP'}  {rule.rule}: {rule.sentence}" for rule in rules]
    lines.append("The gate is passed." if passed else "The gate refuses this candidate.")
    return Answer(document, lines, code=0 if passed else 1)
