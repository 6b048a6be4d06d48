"""Each rule, with a copy of the real tables that breaks it: found, and placed on its line."""

import json
import re

import pytest

import evidence
from evidence import cli
from evidence.checks import TableError
from evidence.tables import check_data


def found(data, texts=None) -> str:
    """Return the printed problems."""
    return "\n".join(map(str, check_data(data, texts=texts)))


def test_the_projects_tables_are_sound(data):
    assert found(data) == ""


def test_the_stand_in_texts_fit(data, texts):
    assert found(data, texts) == ""


# file, edit of the bytes, rule, line
BYTES = {
    "missing file": ("claims.csv", None, "this file is missing", None),
    "empty file": ("claims.csv", lambda b: b"", "this file is empty", None),
    "BOM": ("claims.csv", lambda b: b"\xef\xbb\xbf" + b, "byte order mark", 1),
    "wrong encoding": ("sources.csv", lambda b: b.replace(b"HubPages", b"Hub\xe9Pages", 1), "encoded in UTF-8", 2),
    "NUL byte": ("claims.csv", lambda b: b.replace(b"\n", b"\n\0", 2).replace(b"\0", b"", 1), "no NUL byte", 3),
    "CRLF": ("studies.csv", lambda b: b.replace(b"\n", b"\r\n"), "line ends? in LF|lines end in LF", 1),
    "short row": ("findings.csv", lambda b: b.rstrip(b"\n") + b"\nF999,x\n", "every row has 17 cells", None),
    "long row": ("markers.csv", lambda b: b.replace(b"\n", b",x\n", 3).replace(b",x\n", b"\n", 2), "every row has 5 cells", 3),
    "unclosed quote": ("markers.csv", lambda b: b + b'zzz,en,hedge,plain,"never closed\n', "every quote is closed", None),
    "line break in a cell": ("markers.csv", lambda b: b + b'zzz,en,hedge,plain,"two\nlines"\n', "line break", None),
    "missing column": ("hits.csv", lambda b: b.replace(b",marker\n", b"\n", 1), "column of the schema is missing", 1),
    "extra column": ("markers.csv", lambda b: re.sub(rb"\n", b",x\n", b), "not in the schema", 1),
    "misspelt column": ("claims.csv", lambda b: b.replace(b",strength,", b",strenght,", 1), "is it 'strength'", 1),
    "column order": ("markers.csv", lambda b: b.replace(b"marker,language", b"language,marker", 1), "the schema's order", 1),
    "broken schema": ("datapackage.json", lambda b: b[:-9], "must be JSON", None),
}  # fmt: skip


@pytest.mark.parametrize("name", BYTES)
def test_a_broken_file_is_refused_with_its_place(name, data):
    file, edit, rule, line = BYTES[name]
    path = data / file
    if edit is None:
        path.unlink()
    else:
        path.write_bytes(edit(path.read_bytes()))
    message = found(data)
    assert re.search(rf"{file}: .*{rule}", message) or re.search(rule, message), message
    assert file in message
    if line:
        assert f"line {line}:" in message


# table, row wanted, column, new value, rule
VALUES = {
    "unknown word": ("claims", {}, "strength", "strong", "strength must be one of uncertain"),
    "word in other case": ("claims", {"kind": "safety"}, "kind", "Safety", "(write 'safety')"),
    "word in a list": ("claims", {}, "tags", "certain;loud", "tags must be a list"),
    "word twice in a list": ("claims", {}, "tags", "certain;certain", "without repeats"),
    "empty required cell": ("claims", {}, "claim", "", "claim must not be empty"),
    "blank cell": ("claims", {}, "note", "  ", "note must not be blank"),
    "wrong type": ("claims", {}, "start", "twelve", "start must be a whole number"),
    "wrong number": ("findings", {"effect_measure": "SMD"}, "estimate", "-0,7", "estimate must be a number"),
    "wrong date": ("sources", {}, "retrieved_on", "21.11.2026", "retrieved_on must be a date as YYYY-MM-DD"),
    "day that is none": ("sources", {}, "retrieved_on", "2026-02-30", "retrieved_on must be a date"),
    "below minimum": ("sources", {}, "n_words", "0", "n_words must be at least 1"),
    "pattern": ("sources", {}, "text_sha256", "abc", "text_sha256 must match"),
    "dangling key": ("findings", {}, "study_id", "nobody-1900", "study_id must be one of those in"),
    "dangling key with a cure": ("findings", {"study_id": "hsieh-2006"}, "study_id", "Hsieh_2006", "(write 'hsieh-2006')"),
    "formula": ("claims", {}, "note", "=1+1", "a spreadsheet would run it"),
    "formula with @": ("claims", {}, "claim", "@SUM(A1)", "a spreadsheet would run it"),
    "formula behind a tab": ("claims", {}, "note", "\t=1+1", "a spreadsheet would run it"),
    "date in the future": ("sources", {}, "retrieved_on", "2926-11-21", "must not lie in the future"),
    "file outside its folder": ("sources", {}, "file", "../secret.txt", "file must match"),
    "span outside the text": ("claims", {}, "end", "9999999", "end must not lie behind the article's last character"),
    "span off a segment's edge": ("claims", {}, "start", "1", "start must be the start of a segment"),
    "span turned round": ("segments", {}, "end", "0", "end must be at least 1"),
    "quote over 12 words": ("claims", {}, "quote", "one two three four five six seven eight nine ten eleven twelve thirteen",
                            "quote must have at most 12 words"),
    "overlap of segments": ("segments", {"segment_id": "hubpages-s002"}, "start", "0", "must not begin before the one in front"),
    "segment without reason": ("segments", {"role": "heading"}, "reason", "", "reason must say why"),
    "role without claim": ("segments", {"role": "heading"}, "role", "claim", "must lie in the span of a claim"),
    "claim without role": ("segments", {"role": "claim"}, "role", "other", "in the span of a claim must have role claim"),
    "not assessed without a reason": ("claims", {"proposition_id": "", "checkability": "checkable", "kind": "credibility"}, "note", "",
                                      "must say why in note: 'Not assessed: ...'"),
    "half a mapping": ("claims", {"proposition_id": "*"}, "match_reason", "", "match_reason must stand where proposition_id does"),
    "certainty without reason": ("propositions", {"certainty": "*"}, "certainty_reason", "", "certainty_reason must not be empty"),
    "marks that do not add up": ("propositions", {"certainty": "low"}, "certainty", "high", "less one step for each serious"),
    "mark without a reason": ("propositions", {"imprecision": "serious"}, "certainty_reason", "Looked weak.",
                              "certainty_reason must name imprecision"),
    "empty comparator": ("propositions", {}, "comparator", "", "comparator must not be empty"),
    "interval turned round": ("findings", {"ci_low": "*"}, "ci_low", "999", "ci_low, estimate and ci_high must be in this order"),
    "half an interval": ("findings", {"ci_low": "*"}, "ci_high", "", "ci_low and ci_high must stand together"),
    "number in words only": ("findings", {"effect_measure": "narrative"}, "estimate", "1", "unless effect_measure is narrative"),
    "citation of another kind": ("claims", {"kind": "citation"}, "kind", "pitch", "must be a claim of kind citation"),
    "unmentioned citation": ("claims", {"kind": "pitch"}, "kind", "citation", "must have a row in citations"),
    "cell that no rater gave": ("claims", {"claim_id": "hubpages-002"}, "strength", "uncertain", "strength must be what raters gave it"),
    "final rating that is no longer so": ("claim_ratings", {"round": "final", "strength": "plain"}, "strength", "emphatic",
                                          "strength must be what raters gave it"),
    "final rating without reason": ("claim_ratings", {"round": "final"}, "note", "", "note must give the reason of a final rating"),
    "final rating of what all gave": ("segment_ratings", {"round": "independent"}, "round", "final", "a final role must stand only where"),
    "rating of a lost row": ("claim_ratings", {}, "claim_id", "aaa-001", "claim_id must be one of those in"),
    "rating with a strange word": ("claim_ratings", {"strength": "*"}, "strength", "loud", "strength must be one of uncertain"),
    "rating of nothing": ("segment_ratings", {}, "role", "", "a rating must judge something"),
    "rating of a strange proposition": ("claim_ratings", {}, "proposition_id", "P9999", "or not_applicable"),
    "more relevant than found": ("searches", {"n_results": "*"}, "n_relevant", "99", "n_relevant must not be above n_results"),
    "search named after another": ("searches", {}, "search_id", "P00-s1", "search_id must begin with its proposition_id"),
    "reason that speaks of access": ("propositions", {"certainty": "low"}, "certainty_reason",
                                     "Risk of bias, inconsistency, indirectness, imprecision, publication bias: full text not read.",
                                     "must speak of the evidence"),
    "effect without comparator": ("propositions", {"direction": "benefit"}, "comparator", "not_applicable", "there is no effect"),
    "direction of another kind": ("claims", {"asserted_direction": "benefit"}, "asserted_direction", "holds", "asserted_direction must be"),
    "nearest work of a work that was found": ("citations", {"identity": "exact"}, "nearest_study_id", "hsieh-2006", "nearest_study_id must stand only"),
    "work that was not found": ("citations", {"identity": "not_found"}, "study_id", "hsieh-2006", "study_id must be empty"),
    "better side of no number": ("findings", {"effect_measure": "narrative"}, "favours_when", "lower", "favours_when must be not_applicable"),
}  # fmt: skip
OF_OTHER_ARTICLES = {"not assessed without a reason", "work that was not found"}


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.whole] * (n in OF_OTHER_ARTICLES)) for n in VALUES]
)
def test_a_broken_cell_is_refused_with_its_line_and_value(name, data, cells):
    table, wanted, column, value, rule = VALUES[name]
    copy = cells(table)
    line = copy.line(**wanted)
    copy[line, column] = value
    copy.save()
    message = found(data)
    assert rule in message
    assert re.search(rf"{table}\.csv|segments\.csv|citations\.csv", message)
    block = next(part for part in message.split("\n/") if rule in part)
    shown = [line for line in block.splitlines() if line.startswith("  line ")]
    assert shown, block


def test_a_proposition_without_evidence_needs_two_searches(data, cells):
    copy = cells("searches")
    nothing = {
        row[0] for row in cells("propositions").rows if row[cells("propositions").header.index("certainty")] == ""
    }
    copy.rows = [row for row in copy.rows if row[1] not in nothing or not row[0].endswith("-s2")]
    copy.save()
    assert "a proposition without certainty must have at least 2 rows in searches" in found(data)


@pytest.mark.parametrize("path", ["../claims.csv", "/etc/claims.csv", "sub/claims.csv", "claims.txt", "..csv"])
def test_a_path_of_the_schema_names_a_file_of_its_folder(path, data):
    descriptor = json.loads((data / "datapackage.json").read_text("utf-8"))
    descriptor["resources"][2]["path"] = path
    (data / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
    (problem,) = check_data(data)
    assert "path must be a file name that ends in .csv" in problem.rule


@pytest.mark.parametrize(
    "content", ["[]", '{"name": "x"}', '{"name": "x", "resources": [3]}', "", "null", '{"resources": {}}']
)
def test_a_malformed_schema_is_named(content, data):
    (data / "datapackage.json").write_text(content, encoding="utf-8")
    (problem,) = check_data(data)
    assert "datapackage.json" in problem.file
    assert problem.rule.startswith("the schema must be")


def change_schema(data, table, column, change):
    """Let ``change`` change a table in the copied schema, or the column of that name."""
    path = data / "datapackage.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    resource = next(one for one in schema["resources"] if one["name"] == table)
    change(next((one for one in resource["schema"]["fields"] if one["name"] == column), resource))
    path.write_text(json.dumps(schema), encoding="utf-8")


def test_a_list_where_the_schema_must_have_a_word_is_named(data):
    change_schema(data, "sources", None, lambda resource: resource.update(description=[]))
    (problem,) = check_data(data)
    assert problem.rule.endswith("table sources has a list or an object where a word must stand")


@pytest.mark.parametrize(
    ("table", "column"), [("claims", "strength"), ("claims", "match"), ("propositions", "certainty")]
)
def test_a_word_that_the_rule_does_not_rank_is_refused_before_any_table_is_read(table, column, data):
    def add_a_word(field):
        field["categories"].append("insistent")
        field["constraints"]["enum"].append("insistent")

    change_schema(data, table, column, add_a_word)
    (problem,) = check_data(data)
    assert problem.file == str(data / "datapackage.json")
    assert [place.value for place in problem.places] == ["insistent"]
    assert problem.rule.startswith(f"{column} of {table} must have words that the rule ranks")
    with pytest.raises(TableError, match="that the rule ranks"):
        evidence.load(data)


def test_a_table_that_the_schema_adds_is_checked_and_loaded(data):
    descriptor = json.loads((data / "datapackage.json").read_text("utf-8"))
    fields = [{"name": "word_id", "type": "string"}, {"name": "n", "type": "integer"}]
    resource = {"name": "words", "path": "words.csv", "schema": {"fields": fields, "primaryKey": ["word_id"]}}
    descriptor["resources"].append(resource)
    (data / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
    (data / "words.csv").write_text("word_id,n\na,3\n", encoding="utf-8")
    assert found(data) == ""
    assert evidence.load(data).words["n"].tolist() == [3]


def test_the_schema_may_be_written_as_briefly_as_the_standard_allows(data):
    descriptor = json.loads((data / "datapackage.json").read_text("utf-8"))
    fields = [{"name": "shop_id"}, {"name": "kind", "categories": ["on_line", "street"]}, {"name": "source_id"}]
    keys = [{"fields": "source_id", "reference": {"resource": "sources", "fields": "source_id"}},
            {"fields": ["shop_id"], "reference": {"fields": ["shop_id"]}}]  # fmt: skip
    resource = {"name": "shops", "path": "shops.csv", "schema": {"fields": fields, "primaryKey": "shop_id"}}
    resource["schema"]["foreignKeys"] = keys
    descriptor["resources"].append(resource)
    (data / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
    (data / "shops.csv").write_text("shop_id,kind,source_id\na,on_line,hubpages\n", encoding="utf-8")
    assert found(data) == ""
    assert evidence.load(data).vocabulary.labels("shops", "kind") == {"on_line": "On line", "street": "Street"}
    (data / "shops.csv").write_text("shop_id,kind,source_id\na,on_line,nowhere\n", encoding="utf-8")
    assert "source_id must be one of those in" in found(data)
    del resource["schema"]["primaryKey"]
    (data / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
    assert "table shops must name the columns of its primaryKey" in found(data)


def test_a_broken_cell_is_all_that_is_said(data, cells):
    copy = cells("claims")
    copy[copy.line(kind="safety"), "kind"] = "Safety"
    copy.save()
    (problem,) = check_data(data)
    assert problem.rule.startswith("kind must be one of")


def test_a_duplicate_id_is_refused(data, cells):
    copy = cells("claims")
    copy[3, "claim_id"] = copy[2, "claim_id"]
    copy.save()
    assert f"claim_id must be unique; 1 of {len(copy.rows):,} rows is not.\n  line 3:" in found(data)


def test_rows_out_of_order_are_refused(data, cells):
    copy = cells("studies")
    copy.rows[4:6] = copy.rows[5], copy.rows[4]
    copy.save()
    assert "rows must be sorted by study_id" in found(data)
    assert "line 7:" in found(data)


@pytest.mark.parametrize("sign", ["\x08", "\x0b", "\x1f", "\x7f"])
def test_control_characters_are_refused_with_their_line(data, sign):
    path = data / "claims.csv"
    lines = path.read_text(encoding="utf-8").split("\n")
    lines[2] = lines[2].replace(" ", f" {sign}", 1)
    path.write_text("\n".join(lines), encoding="utf-8", newline="")
    assert found(data) == f"{path}: a table holds no control characters.\n  line 3: {repr(sign)!r} (remove it)".replace(
        '"', ""
    )


def test_rows_sorted_as_texts_but_not_by_number_are_refused(data, cells):
    copy = cells("propositions")
    ids = [row[0] for row in copy.rows]
    assert ids.index("P99") + 1 == ids.index("P100")
    copy.rows.sort(key=lambda row: row[0])
    copy.save()
    assert "rows must be sorted by proposition_id" in found(data)


def test_a_number_may_begin_with_a_sign(data, cells):
    copy = cells("claims")
    copy[2, "note"] = "-3.5"
    copy.save()
    assert found(data) == ""


def test_all_problems_of_all_tables_come_in_one_run(data, cells):
    for table, column, value in (("claims", "kind", "x"), ("studies", "year", "y"), ("markers", "kind", "z")):
        copy = cells(table)
        copy[2, column] = value
        copy.save()
    (data / "hits.csv").unlink()
    message = found(data)
    assert all(f"{name}.csv" in message for name in ("claims", "studies", "markers", "hits"))


# With the texts at hand
def test_a_changed_text_is_refused(data, texts):
    path = sorted(texts.iterdir())[0]
    path.write_text(path.read_text(encoding="utf-8") + "x", encoding="utf-8")
    message = found(data, texts)
    assert "text_sha256 must be that of the article's text" in message
    assert "n_characters must be that of the article's text" in message


def test_a_missing_text_is_refused(data, texts):
    sorted(texts.iterdir())[0].unlink()
    assert re.search(r"sources\.csv: file must be in .*1 of 1 rows is not\.\n  line \d:", found(data, texts))


def test_an_empty_text_is_refused(data, texts):
    sorted(texts.iterdir())[0].write_text("", encoding="utf-8")
    assert "file must not be empty" in found(data, texts)


def test_a_text_that_links_outside_its_folder_is_refused(data, texts, tmp_path):
    path = sorted(texts.iterdir())[0]
    path.replace(tmp_path / "outside.txt")
    path.symlink_to(tmp_path / "outside.txt")
    assert "file must lie inside the folder of texts" in found(data, texts)


def test_a_gap_between_segments_is_refused(data, texts, cells):
    copy = cells("segments")
    line = copy.line(role="heading")
    del copy.rows[line - 2]
    copy.save()
    assert f"every character that is not blank must lie in a segment.\n  line {line}:" in found(data, texts)


def test_a_quote_that_is_not_in_its_span_is_refused(data, texts, cells):
    copy = cells("claims")
    copy[2, "quote"] = "quite other words"
    copy.save()
    assert re.search(r"quote must begin and end as its span does.*\n  line 2: 'quite other words'", found(data, texts))


def test_a_wrong_segment_hash_is_refused(data, texts, cells):
    copy = cells("segments")
    copy[4, "sha256"] = "0" * 64
    copy.save()
    assert re.search(r"sha256 must be that of the segment's words.*\n  line 4:", found(data, texts))


def test_a_lost_and_a_strange_marker_are_refused(data, texts, cells):
    copy = cells("hits")
    copy[2, "start"] = str(int(copy[2, "start"]) + 1)
    copy.save()
    message = found(data, texts)
    assert "a hit must be where its marker stands" in message
    assert "every marker in the articles must have its row; 1 missing" in message


# The command
def test_the_command_says_what_it_could_not_check(data, capsys):
    assert cli.main(["check", str(data)]) == 0
    assert "not checked for want of the articles' texts" in capsys.readouterr().out


def test_the_command_exits_1_and_names_file_and_line(data, cells, capsys):
    copy = cells("claims")
    copy[7, "voice"] = "narrator"
    copy.save()
    assert cli.main(["check", str(data)]) == 1
    message = capsys.readouterr().err
    assert f"{data / 'claims.csv'}: voice must be one of author, publisher, commenter, vendor; 1 of" in message
    assert "  line 7: 'narrator'" in message


def test_the_command_checks_words_against_the_texts(data, texts, capsys):
    assert cli.main(["check", str(data), "--texts", str(texts)]) == 0
    assert "against the words in" in capsys.readouterr().out


def test_a_folder_without_tables_is_named(tmp_path, capsys):
    assert cli.main(["check", str(tmp_path)]) == 1
    assert str(tmp_path) in capsys.readouterr().err


def test_a_deleted_claim_that_is_rated_is_named_once_in_each_table(data, cells):
    table, gone = cells("claims"), cells("claim_ratings")[2, "claim_id"]
    rated = sum(row[0] == gone for row in cells("claim_ratings").rows)
    assert rated > 1
    table.rows = [row for row in table.rows if row[0] != gone]
    table.save()
    ratings = next(
        str(p) for p in check_data(data) if p.file.endswith("claim_ratings.csv") and "one of those" in p.rule
    )
    assert f"; {rated} of " in ratings
    assert ratings.count(f"{gone!r}") == 1


@pytest.mark.parametrize(
    ("typed", "asked"), [("hegde", "did you mean 'hedge'?"), ("Hedge", "write 'hedge'"), ("quux", "line 2: 'quux'\n")]
)
def test_a_typo_gets_a_question_and_a_form_its_cure(typed, asked, data, cells):
    table = cells("markers")
    table[2, "kind"] = typed
    table.save()
    assert asked in found(data) + "\n"


def test_another_number_is_another_thing(data, cells):
    table = cells("findings")
    table[2, "proposition_id"] = "P9999"
    table.save()
    assert "did you mean" not in found(data)


@pytest.mark.parametrize("first", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_semicolons_are_named_whatever_comes_first(first, end, data):
    path = data / "hits.csv"
    path.write_bytes(first + path.read_bytes().replace(b",", b";").replace(b"\n", end))
    assert "cells are separated by commas" in found(data)


def with_pattern(data, pattern):
    """Give the column ``marker`` of the copied schema a pattern."""
    path = data / "datapackage.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    markers = next(resource for resource in schema["resources"] if resource["name"] == "markers")
    markers["schema"]["fields"][0]["constraints"]["pattern"] = pattern
    path.write_text(json.dumps(schema), encoding="utf-8")


def test_a_pattern_that_would_run_for_ever_is_refused(data, cells):
    with_pattern(data, "(?:a|aa|a?b?a)+")
    table = cells("markers")
    table[2, "marker"] = "a" * 5000 + "c"
    table.save()
    assert "the pattern of marker must not take more than" in found(data)


def test_a_pattern_that_is_none_is_named(data):
    with_pattern(data, "[a-")
    assert "the pattern of marker is no regular expression" in found(data)
