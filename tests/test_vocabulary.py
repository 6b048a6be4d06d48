"""The schema's words and the codebook made of them."""

import pytest

import evidence
from evidence.schema import describe_vocabulary


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


def test_codebook_names_every_table_column_and_word(words):
    codebook = describe_vocabulary(words)
    for table in words.tables.values():
        assert f"## `{table.path}`" in codebook
        for column in table.columns:
            assert f"`{column.name}` | " in codebook
            assert all(f"`{word.value}` | {word.label} | " in codebook for word in column.words)
