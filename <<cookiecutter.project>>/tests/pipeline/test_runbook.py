"""Who is called, and what they are given to read."""

from pipeline import names, policy, runbook
from pipeline.monitor import finding

PROJECT = names.project()
RULES = policy.load()


def test_a_metric_that_may_not_worsen_is_a_promise() -> None:
    """Beside those that every model has."""
    assert runbook.promises({"recall": 0.1}) == ("recall", "inputs", "callers", "sight")


def test_an_alarms_name_has_dashes_alone() -> None:
    """Where a metric's has an underscore."""
    assert "model-log-loss" in runbook.kinds({"log_loss": 0.1})


def test_a_description_says_who_answers_and_where_it_says_what_to_do() -> None:
    """With an address that a mail makes a link of, and it ends in nothing that would become part of that."""
    said = runbook.described(PROJECT, RULES.owners, "slo-cpu", "The instances are full")
    page = f"https://github.com/{PROJECT.github_owner}/{PROJECT.name}/blob/main/docs/runbook/slo-cpu.md"
    assert said == f"The instances are full. Owner: {RULES.owners['slo-cpu']}. What to do: {page}"


def test_the_monitor_judges_the_promises_that_have_alarms() -> None:
    """Each by the same name."""
    assert set(runbook.promises(RULES.monitor.worsening)) == set(finding.promises(RULES.monitor))
