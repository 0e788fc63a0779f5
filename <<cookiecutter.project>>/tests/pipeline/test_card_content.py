"""The card that SageMaker takes."""

import json

import pytest
from sandbox import model_card

from pipeline.card import content

from .card_sample import PLACES, RUN, SECTIONS, evaluation, facts, verdict


def test_it_follows_the_published_schema() -> None:
    """As the sandbox reads it."""
    assert model_card.fault(content.text(facts(), PLACES)) is None


def test_the_owners_sections_have_their_members() -> None:
    """Risk is a rating and its reason; a section of one's own is a detail."""
    made = content.content(facts(owner=SECTIONS | {"Contact": "Room 5"}), PLACES)
    assert made["intended_uses"]["risk_rating"] == "Low"
    assert made["additional_information"]["caveats_and_recommendations"] == SECTIONS["Limits"]
    assert made["additional_information"]["custom_details"]["Contact"] == "Room 5"


def test_it_leads_back_to_the_record() -> None:
    """And to the page with the pictures."""
    details = content.content(facts(), PLACES)["additional_information"]["custom_details"]
    assert (details["record"], details["card"]) == (PLACES["record"], PLACES["card"])


def test_metrics_have_their_interval_as_a_note() -> None:
    """All rows first, then segment by segment, then two graphs."""
    [details] = content.content(facts(), PLACES)["evaluation_details"]
    groups = {group["name"]: group["metric_data"] for group in details["metric_groups"]}
    assert list(groups) == [
        "all rows",
        *("carrier=AA", "origin=EWR", "origin=JFK"),
        *("calibration", "features"),
    ]
    assert groups["all rows"][0]["notes"].startswith("95 % interval 0.")


def test_a_metric_without_a_value_is_left_out() -> None:
    """JSON has no NaN."""
    nobody = {"candidate": evaluation({"origin=EWR": 600}), "champion": None}
    for day in nobody["candidate"]["tallies"]["all"].values():  # type: ignore[index]
        day["at"], day["values"] = [1500], [10]  # rows of label 1 alone: no false positive rate
    made = content.content(facts(verdict=verdict(evaluations=nobody)), PLACES)
    names = [one["name"] for one in made["evaluation_details"][0]["metric_groups"][0]["metric_data"]]
    assert "accuracy" in names and "false positive rate" not in names


@pytest.fixture(scope="module")
def longest() -> str:
    """The content with the most of everything."""
    many = {f"origin={'x' * 100}{number}": 600 for number in range(60)}
    held = {f"feature {'y' * 100}{number}": 1.0 for number in range(200)}
    big = {"candidate": evaluation(many, contributions=held), "champion": None}
    owner = dict.fromkeys(SECTIONS, "z" * 2048) | {"Risk": "Low:" + "z" * 2044, "Contact": "z" * 2048}
    run = RUN | {"hyperparameters": {f"p{number}" * 100: "v" * 300 for number in range(150)}}
    return content.text(facts(verdict=verdict(evaluations=big), owner=owner, run=run), PLACES)


def test_the_longest_card_fits(longest: str) -> None:
    """AWS takes 100,000 characters; beside the largest segments there are all rows and two graphs."""
    assert len(longest) <= content.LONGEST
    [details] = json.loads(longest)["evaluation_details"]
    assert len(details["metric_groups"]) == 1 + content.SEGMENTS + 2


def test_the_longest_card_follows_the_schema(longest: str) -> None:
    """Each text is cut to its own bound."""
    assert model_card.fault(longest) is None
    assert json.loads(longest)["evaluation_details"][0]["metric_groups"][1]["name"].endswith("…")
