"""Markers in texts, and what they say of the coded strength."""

import pandas as pd
import pytest

import evidence
from evidence import show
from evidence.wording import compare_wording, tag_markers

MARKERS = pd.DataFrame(
    {
        "marker": ["can", "may", "may well", "proven"],
        "kind": ["hedge", "hedge", "hedge", "booster"],
        "strength": ["qualified", "tentative", "qualified", "emphatic"],
        "origin": ["a list"] * 4,
    }
)
STRENGTHS = ["uncertain", "tentative", "qualified", "plain", "emphatic"]
MARKERS["strength"] = pd.Categorical(MARKERS["strength"], STRENGTHS, ordered=True)


def hits(text: str) -> list[str]:
    return tag_markers({"a": text}, MARKERS)["marker"].tolist()


@pytest.mark.parametrize(
    ("text", "markers"),
    [
        ("It CAN help.", ["can"]),
        ("A candle, a cannon, the scan.", []),
        ("It may  well\nhelp and may not.", ["may well", "may"]),
        ("Updated: May 17, 2024. May it be so?", ["may"]),
        ("", []),
    ],
)
def test_markers_are_whole_words_in_any_case_longest_first(text, markers):
    assert hits(text) == markers


def test_places_are_code_points():
    found = tag_markers({"a": "“Ünïcode” can."}, MARKERS).iloc[0]
    assert "“Ünïcode” can."[found["start"] : found["end"]] == "can"


def claims(*strengths: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "claim_id": [f"a-{i}" for i in range(len(strengths))],
            "source_id": "a",
            "start": [i * 20 for i in range(len(strengths))],
            "end": [i * 20 + 20 for i in range(len(strengths))],
            "strength": pd.Categorical(strengths, STRENGTHS, ordered=True),
        }
    )


def test_a_hedge_counts_before_a_booster_and_disagreement_shows():
    text = "It is proven. x x x It can. it may. xxxx No marker here.     "
    compared = compare_wording(claims("emphatic", "plain", "plain"), tag_markers({"a": text}, MARKERS), MARKERS)
    assert compared["claim_id"].tolist() == ["a-0", "a-1"]
    assert compared["cues"].tolist() == ["proven", "can, may"]
    assert compared["cue_strength"].tolist() == ["emphatic", "tentative"]
    assert compared["agrees"].tolist() == [True, False]


def test_no_marker_gives_no_row():
    assert compare_wording(claims("plain"), tag_markers({"a": "Nothing."}, MARKERS), MARKERS).empty


def test_every_marker_of_the_project_names_its_published_list():
    markers = evidence.load().markers
    assert set(markers["kind"]) == {"hedge", "booster"}
    assert markers["origin"].str.contains(r"\d{4}").all()


def test_claims_without_a_cue_word_can_be_shown_as_claims_without_disagreement():
    some = claims("plain").assign(claim="Pressing helps.")
    compared = compare_wording(some, tag_markers({"a": "Nothing."}, MARKERS), MARKERS)
    assert compared["agrees"].dtype == bool
    assert (~compared["agrees"]).sum() == 0
    assert "<td" not in show.wording(compared, some, caption="0 of 0 claims with a marker").data
