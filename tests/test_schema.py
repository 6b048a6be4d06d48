"""The schema's words: in order, labelled, and bound by keys that exist."""

import pytest

import evidence


@pytest.fixture(scope="module")
def words():
    return evidence.load().vocabulary


def test_words_come_in_order_with_labels_and_definitions(words):
    assert words.values("claims", "strength")[0] == "uncertain"
    assert list(words.labels("claims", "strength")) == list(words.values("claims", "strength"))
    for table in words.tables.values():
        for column in table.columns:
            assert column.description.endswith("."), f"{table.name}.{column.name}"
            assert all(word.label and word.definition.endswith(".") for word in column.words), column.name


def test_an_unknown_column_is_named(words):
    with pytest.raises(KeyError, match="table claims has no column 'mood'"):
        words.words("claims", "mood")


def test_every_foreign_key_points_to_a_key(words):
    for table in words.tables.values():
        for key in table.foreign_keys:
            assert key.column in table.names
            assert words.tables[key.table].key == key.target
