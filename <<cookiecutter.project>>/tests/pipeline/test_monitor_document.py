"""pipeline/monitor/document.py: the document of a monitoring job, on the side that reads it."""

from pipeline.monitor.document import NOTHING, SKIPPED, key
from serving import monitor
from serving.drifted import Search
from serving.traffic import Window


def test_that_of_nothing_is_what_the_job_writes_of_nothing() -> None:
    """But for what only the job knows: its blocks' length, and why."""
    asked = monitor.Asked(
        window=Window(since=0, now=1, block=60), search=Search(permutations=9, season_days=14)
    )
    written = monitor.blank(asked, "no model")
    assert written | {"block_seconds": None, "why": []} == NOTHING
    assert monitor.SKIPPED == SKIPPED


def test_a_jobs_document_is_found_by_its_name() -> None:
    """Below its environment's folder."""
    assert key("production", "flights-monitor-0") == "monitoring/production/flights-monitor-0/monitor.json"
