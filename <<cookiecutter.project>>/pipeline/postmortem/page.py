"""A postmortem as Markdown: what the record knows, and headings for what people know. Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from pipeline import names, runbook
from pipeline.explain import facts
from pipeline.explain.page import sections
from pipeline.postmortem.incident import Incident, Live
from pipeline.report.markdown import NOTHING, code, plain, table

MOST = 200  # rows of a timeline
QUESTIONS = {
    "What it meant for those who call": "How many noticed, since when, what did it cost them?",
    "Why it happened": "Not who. What made it possible, and what made it look right?",
    "What helped": "",
    "What did not help": "Which alarm was missing or late, which page was wrong?",
}
TO_DO = "What will be done"


def page(
    incident: Incident,
    project: names.Project,
    owners: Mapping[str, str],
    at: str,
    left_out: Sequence[str] = (),
) -> str:
    """The whole page, filled at the stamp `at`; `left_out` are sentences about what was out of reach."""
    blocks = [
        f"# Postmortem: {plain(incident.title)}",
        f"{plain(incident.sentence)}.",
        f"*Filled from the record by `pipeline postmortem` at {when(at)} UTC. The rest is for people.*",
        *(f"*{plain(one)}.*" for one in left_out),
        _facts(incident),
        "## Timeline",
        _timeline(incident),
        *_alarms(incident, project, owners),
        *_releases(incident),
        "## Where to look further",
        _commands(incident, project),
        *(block for title, question in QUESTIONS.items() for block in _asked(title, question)),
        f"## {TO_DO}",
        table(["what", "who", "until"], [["", "", ""]], MOST),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _facts(incident: Incident) -> str:
    rows = [
        ["from", f"{when(incident.began)} UTC"],
        ["until", f"{when(incident.ended)} UTC" if incident.ended else "it goes on"],
        ["live before", _live(incident.before)],
        ["live after", _live(incident.after)],
        ["who", "; ".join(plain(one) for one in incident.people) or NOTHING],
    ]
    return table(["", ""], rows, MOST)


def _live(live: Live) -> str:
    if live.config is None:
        return "nothing that the ledger knows"
    version = (
        f"version {live.version}" if live.version is not None else "a version that the ledger does not know"
    )
    return f"{version}, {code(live.config)}"


def _timeline(incident: Incident) -> str:
    rows = [[when(one.at), plain(one.what)] for one in incident.moments]
    return table(["UTC", ""], rows, MOST) if rows else "Nothing is on record."


def _alarms(incident: Incident, project: names.Project, owners: Mapping[str, str]) -> list[str]:
    rows = [
        [
            code(kind),
            plain(owners.get(kind, NOTHING)),
            f"[docs/runbook/{kind}.md]({runbook.page(project, kind)})",
        ]
        for kind in incident.kinds
    ]
    return ["## Alarms that sounded", table(["alarm", "owner", "its page"], rows, MOST)] if rows else []


def _releases(incident: Incident) -> list[str]:
    return [
        block
        for record in incident.releases
        for block in (f"## {record.kind.capitalize()} {code(record.release)}", *sections(record))
    ]


def _commands(incident: Incident, project: names.Project) -> str:
    environment = incident.environment
    versions = dict.fromkeys(record.version for record in incident.releases)
    lines = [
        *(
            f"`pipeline explain {environment} {record.release} --out build/release`: it, with a picture"
            for record in incident.releases
        ),
        *(f"`pipeline lineage {version}`: what version {version} was made of" for version in versions),
        f"`pipeline monitor {environment} --html monitor.html`: what is asked and answered, at present",
        f"`pipeline history {environment}`: who changed what before and after",
        f"the log group {code(names.endpoint_log_group(project, environment))}: each failed request",
        f"the dashboard {code(names.dashboard(project, environment))}",
    ]
    runs = dict.fromkeys(str(run) for record in incident.releases for run in facts.listed(record, "runs"))
    return "\n".join(f"- {line}" for line in [*lines, *(f"the run {code(run)}" for run in runs)])


def _asked(title: str, question: str) -> list[str]:
    return [f"## {title}", f"*{question}*" if question else ""]


def when(stamp: str) -> str:
    """A stamp in UTC, to the second."""
    at = facts.moment(stamp)
    return NOTHING if at is None else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S}"
