"""Whatever calls a person has an owner and a page: every alarm of the stacks and of releases is walked."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sandbox.stacks.recording import Recording

from pipeline import alarms, names, runbook
from pipeline.__main__ import VERBS
from pipeline.guardrails import signals
from tests.infra.conftest import PROJECT
from tests.pipeline.guarded import FACTS, RULES, planned

Service = Callable[..., Recording]
PAGES = names.root() / "docs" / "runbook"
ENTRY = "README"
OWNERS = RULES.owners
HEADINGS = ("Look at first", "One command", "When to wake somebody")


@dataclass(frozen=True)
class Call:
    """Something that calls a person: its kind, what it says (None: AWS takes no words), and whom it tells."""

    kind: str
    words: str | None
    told: Collection[Any]


def of_stack(environment: str, recording: Recording) -> Iterator[Call]:
    """The alarms of an environment's stack, and its budget; a composite's parts are of its kind.

    Scaling makes alarms of its own, which AWS names and which act and tell nobody.
    """
    prefix = names.alarm(PROJECT, environment, "", "").removesuffix("-")
    composites = [one.inputs for one in recording.all("CompositeAlarm")]
    parts = {name: one for one in composites for name in re.findall(r'"([^"]+)"', str(one["alarmRule"]))}
    for one in composites:
        kind = str(one["alarmName"]).removeprefix(prefix)
        yield Call(kind, one.get("alarmDescription", ""), one.get("alarmActions", ()))
    for one in (each.inputs for each in recording.all("MetricAlarm")):
        within = parts.get(one["name"], {})
        kind = str(within.get("alarmName", one["name"])).removeprefix(prefix)
        told = one.get("alarmActions", within.get("alarmActions", ()))
        yield Call(kind, one.get("alarmDescription", ""), told)
    for one in (each.inputs for each in recording.all("Budget")):
        yield Call(
            "budget", None, [to for each in one["notifications"] for to in each["subscriberEmailAddresses"]]
        )


def of_release() -> Iterator[Call]:
    """A release's alarms."""
    for signal, one in alarms.requests(planned(), FACTS, RULES).items():
        yield Call(f"release-{signal}", one["AlarmDescription"], one["AlarmActions"])


@pytest.fixture(scope="module")
def calls(service: Service) -> list[Call]:
    """All there are, with what a workflow opens an issue about."""
    stacks = [call for one in names.ENVIRONMENTS for call in of_stack(one, service(one, "prepared"))]
    issues = [Call(kind, None, ["an issue"]) for kind in runbook.CALLS]
    return [*stacks, *of_release(), *issues]


def faults(calls: Collection[Call], owners: Mapping[str, str], pages: Collection[str]) -> list[str]:
    """What is missing, and what is there for nothing; each as a sentence."""
    kinds, found = {call.kind for call in calls}, []
    for call in calls:
        if call.kind not in owners:
            found.append(f"{call.kind} has no owner")
        if call.kind not in pages:
            found.append(f"{call.kind} has no page")
        if not call.told:
            found.append(f"{call.kind} tells nobody")
        words = () if call.words is None else (f"Owner: {owners.get(call.kind)}.", f"/runbook/{call.kind}.md")
        found += [f"{call.kind} does not say {word!r}" for word in words if word not in str(call.words)]
    found += [f"the page {page} is of no alarm" for page in sorted(set(pages) - kinds)]
    return found + [f"the owner of {kind} is of no alarm" for kind in sorted(set(owners) - kinds)]


def pages() -> set[str]:
    """The kinds that have a page."""
    return {path.stem for path in PAGES.glob("*.md")} - {ENTRY}


def test_every_alarm_has_an_owner_and_a_page(calls: list[Call]) -> None:
    """And its mail names both; no page and no owner is there for nothing."""
    assert faults(calls, OWNERS, pages()) == []


def test_the_walk_meets_every_kind(calls: list[Call]) -> None:
    """None is made by a stack that it forgot."""
    assert {call.kind for call in calls} == set(runbook.kinds(RULES.monitor.worsening))


def damaged(calls: list[Call], kind: str, **changes: Any) -> list[Call]:
    """`calls` with the first of a kind changed."""
    (at, *_) = (at for at, call in enumerate(calls) if call.kind == kind)
    return [*calls[:at], replace(calls[at], **changes), *calls[at + 1 :]]


def test_the_walk_finds_what_is_missing(calls: list[Call]) -> None:
    """An owner, a page, words, a topic; an alarm, whose page and owner are left."""
    without = {kind: owner for kind, owner in OWNERS.items() if kind != "slo-cpu"}
    assert "slo-cpu has no owner" in faults(calls, without, pages())
    assert faults(calls, OWNERS, pages() - {"release-errors"}) == ["release-errors has no page"]
    unsaid = faults(damaged(calls, "model-inputs", words="The inputs have drifted."), OWNERS, pages())
    assert [one for one in unsaid if "model-inputs does not say" in one] == unsaid != []
    untold = faults(damaged(calls, "slo-memory", told=[]), OWNERS, pages())
    assert untold == ["slo-memory tells nobody"]
    gone = faults([call for call in calls if call.kind != "model-sight"], OWNERS, pages())
    assert gone == ["the page model-sight is of no alarm", "the owner of model-sight is of no alarm"]
    new = faults([*calls, Call("slo-disk", "The disk is full.", ["arn:topic"])], OWNERS, pages())
    assert new[:2] == ["slo-disk has no owner", "slo-disk has no page"]


def test_the_alarms_of_a_probe_tell_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are looked at by whoever runs it, and go with it: so they need no owner."""
    put: list[dict[str, Any]] = []

    class Cloud:
        def put_metric_alarm(self, **asked: Any) -> None:
            put.append(asked)

        put_composite_alarm = put_metric_alarm

    class Stage:
        namespace, dimensions, environment = "flights/production", [], "production"

        def alarm(self, signal: str) -> str:
            return f"flights-production-v0-probe-{signal}"

        def configuration(self, _: str) -> dict[str, Any]:
            return {"EndpointConfigName": "new", "ProductionVariants": [{"VariantName": "live"}]}

        def name(self, which: str) -> str:
            return which

        endpoint = "flights-probe"

    monkeypatch.setattr(signals.aws, "client", lambda _: Cloud())
    signals.arm(Stage())  # type: ignore[arg-type]
    assert len(put) == 4
    assert [one for one in put if any(name.endswith("Actions") for name in one)] == []


@pytest.mark.parametrize("kind", runbook.kinds(RULES.monitor.worsening))
def test_a_page_says_what_a_person_needs_at_night(kind: str) -> None:
    """What it means, what to look at first, one command, and when to wake somebody."""
    text = (PAGES / f"{kind}.md").read_text()
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == list(HEADINGS)
    begin = text.partition("\n## ")[0]
    assert begin.startswith(f"# `{kind}`\n") and len(begin.split()) > 10
    (command,) = re.findall(r"^```\n(.+)\n```$", text, re.MULTILINE)
    assert command.startswith("aws ") or command.split()[1] in VERBS


@pytest.mark.parametrize(
    "page", ["runbook.md", *sorted(f"runbook/{path.name}" for path in PAGES.glob("*.md"))]
)
def test_every_link_leads_somewhere(page: str) -> None:
    """To a file, and where it names a heading, to that."""
    path = PAGES.parent / page
    for file, _, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(#([^)]*))?\)", path.read_text()):
        target = (path.parent / file).resolve() if file else path
        assert target.exists(), f"{page} links to {file}"
        assert not anchor or anchor in headings(target), f"{page} links to {file}#{anchor}"


@pytest.mark.parametrize("page", ["runbook.md", "runbook/README.md"])
def test_each_index_has_every_page(page: str) -> None:
    """So that nobody who looks for one by hand misses it."""
    linked = set(re.findall(r"\]\((?:runbook/)?([a-z0-9-]+)\.md\)", (PAGES.parent / page).read_text()))
    assert linked >= pages()


def headings(path: Path) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    titles = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
