"""`evidence new`, `evidence add`: a stranger's review, begun from the wheel alone in a folder outside the clone."""

import re
import socket
import subprocess
import sys
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import nbformat
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence import cli, template
from evidence.authoring import add_article, create_review, fetch_texts
from evidence.checks import TableError
from evidence.tables import check_data, hold_tables, load
from evidence.template import read_template
from evidence.texts import cut_sentences, hash_text, make_quote

ROOT = Path(__file__).resolve().parent.parent
TITLE = "Garlic against colds"
TOPIC = re.compile(r"acupre|acupun|acupoint|\bqi\b|meridian|back pain|hubpages|wisegeek|shiatsu", re.IGNORECASE)


@pytest.fixture
def made(tmp_path):
    """Return the folder of a review that was just begun."""
    create_review(tmp_path / "garlic", title=TITLE)
    return tmp_path / "garlic"


def test_a_new_review_is_sound_and_has_rows_of_cue_words_alone(made):
    assert check_data(made / "data") == []
    rows = {name: len(table) for name, table in load(made / "data").tables.items() if len(table)}
    assert rows.keys() == {"markers"}
    assert load(made / "data").vocabulary.title == TITLE
    assert load(made / "data").vocabulary.name == "garlic-against-colds"


@pytest.mark.slow
def test_every_command_takes_a_review_without_rows(made, capsys):
    data, texts = str(made / "data"), ["--texts", str(made / "texts")]
    for call in (
        ["check", data, *texts],
        ["tag", data, *texts],
        ["tidy", data, *texts],
        ["settle", data],
        ["docs", data],
    ):
        assert cli.main(call) == 0, call
    assert "and against the words in" in capsys.readouterr().out
    assert check_data(made / "data", texts=made / "texts") == []


def test_a_reader_that_leaves_is_no_error(made):
    call = f"'{sys.executable}' -m evidence.cli check '{made / 'data'}' | true"
    ran = subprocess.run(["bash", "-o", "pipefail", "-c", call], capture_output=True, text=True)
    assert ran.stderr == ""
    assert ran.returncode in (0, 1)


def test_a_new_review_holds_no_word_of_this_topic_and_no_output(made):
    for path in made.rglob("*"):
        if path.is_file():
            assert not TOPIC.findall(path.read_text(encoding="utf-8")), path
    for path in (made / "notebooks").glob("*.ipynb"):
        cells = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
        assert not any(cell.outputs or cell.execution_count for cell in cells)


def test_every_link_of_a_new_review_leads_to_a_file(made):
    for path in [*made.rglob("*.md"), *made.rglob("*.ipynb")]:
        for link in re.findall(r"\]\(([^)#\s]+)\)", path.read_text(encoding="utf-8")):
            assert "://" in link or (path.parent / link).is_file(), f"{path}: {link}"


def test_remarks_have_a_heading_for_every_notebook_that_shows_them(made):
    headings = re.findall(r"^## (.+)$", (made / "data" / "remarks.md").read_text(encoding="utf-8"), re.MULTILINE)
    asking = [
        nbformat.read(path, 4).cells[0].source.removeprefix("# ")
        for path in sorted((made / "notebooks").glob("*.ipynb"))
        if "show.remarks(" in path.read_text(encoding="utf-8")
    ]
    assert headings == asking
    ours = (ROOT / "data" / "remarks.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", ours, re.MULTILINE) == asking


def test_new_takes_no_folder_that_holds_something_and_no_blank_title(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("mine")
    assert cli.main(["new", str(tmp_path), "--title", TITLE]) == 1
    assert "directory not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    assert cli.main(["new", str(tmp_path / "x"), "--title", "  "]) == 1
    assert "must have a title" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_the_wheel_holds_what_the_clone_begins_with(wheel):
    with zipfile.ZipFile(wheel) as files:
        start = "evidence/start/"
        held = {name.removeprefix(start): files.read(name).decode() for name in files.namelist() if start in name}
    assert held == read_template()


@pytest.mark.slow
def test_from_the_wheel_to_a_page_outside_the_clone(command, tmp_path):
    def evidence(folder, *arguments):
        return command.run(folder, *arguments).stdout

    evidence(tmp_path, "new", "garlic", "--title", TITLE)
    folder = tmp_path / "garlic"
    assert "is sound" in evidence(folder, "check")
    evidence(folder, "run")
    for path in sorted((folder / "notebooks").glob("*.ipynb")):
        outputs = [output for cell in nbformat.read(path, 4).cells for output in cell.get("outputs", [])]
        assert outputs
        assert not [output for output in outputs if output.output_type in ("error", "stream")], path
    evidence(folder, "docs")
    assert "- There are no claims. ([What do the articles claim?]" in (folder / "README.md").read_text(encoding="utf-8")
    evidence(folder, "report")
    page = (folder / "report" / "review.html").read_text(encoding="utf-8")
    assert TITLE in page
    assert not TOPIC.findall(re.sub(r"data:[^\"]+", "", page))
    (tmp_path / "in.txt").write_text(TEXT, encoding="utf-8")
    evidence(folder, "add", "../in.txt", "--id", "garlic")
    evidence(folder, "report")
    assert "1 carries a date" not in (page := (folder / "report" / "review.html").read_text(encoding="utf-8"))
    assert "10 are unclear" in page


TEXT = """\
Garlic, a clove a day

Garlic prevents colds. Whoever eats a clove of it every single day from autumn to spring will be ill less often than others.
It may also shorten a cold.

Crush one clove. Garlic is natural, so it is safe.
"""
CLAIMS = {  # the sentence of each claim, by the end of its id
    "001": "Garlic prevents colds.",
    "002": "Whoever eats a clove of it every single day from autumn to spring will be ill less often than others.",
    "003": "Garlic is natural, so it is safe.",
}
CODED = {
    "kind": "effectiveness", "voice": "author", "stance": "promotes", "strength": "plain", "backing": "none",
    "checkability": "checkable", "note": "Not assessed: this is a test.",
}  # fmt: skip


def add(made, text, **options):
    """Take a text in as the article `garlic`."""
    (made / "in.txt").write_text(text, encoding="utf-8")
    given = {"source_id": "garlic", "url": "https://kitchen.example/garlic", "folder": made / "data"}
    return add_article(made / "in.txt", **{**given, **options})


@pytest.fixture
def coded(made):
    """Return a review whose one article has three claims, and a segment that is a heading by one rater."""
    add(made, TEXT)
    with hold_tables(made / "data") as held:
        segments, claims = held.read("segments"), held.read("claims")
        for number, sentence in CLAIMS.items():
            start = TEXT.index(sentence)
            row = {"claim_id": f"garlic-{number}", "source_id": "garlic", "start": str(start), "claim": "Garlic helps."}
            row |= {"end": str(start + len(sentence)), "quote": make_quote(sentence), **CODED}
            claims = pd.concat([claims, pd.DataFrame([dict.fromkeys(claims.columns, "") | row])], ignore_index=True)
            segments.loc[segments["start"] == str(start), "role"] = "claim"
        segments.loc[0, ["role", "reason"]] = ["heading", "names the topic"]
        crush = segments.loc[segments["start"] == str(TEXT.index("Crush")), "segment_id"].item()
        ratings = pd.DataFrame(
            {"segment_id": ["garlic-s001", crush], "rater_id": "ann", "round": "independent", "role": ["heading", "other"],
             "rated_on": "2026-01-01", "note": ""}
        )  # fmt: skip
        held.save({"segments": segments, "claims": claims, "segment_ratings": ratings})
    assert check_data(made / "data", texts=made / "texts") == []
    return made


def read_claims(made) -> dict[str, str]:
    """Return the words that each claim's span holds in the text as it is now."""
    text = (made / "texts" / "garlic.txt").read_text(encoding="utf-8")
    claims = load(made / "data").claims
    return {row.claim_id[-3:]: text[row.start : row.end] for row in claims.itertuples()}


def test_an_added_article_is_counted_cut_and_left_open(made):
    said = str(add(made, TEXT))
    assert check_data(made / "data", texts=made / "texts") == []
    review = load(made / "data")
    source = review.sources.iloc[0]
    assert source["title"] == "Garlic, a clove a day"
    assert source["publisher"] == "kitchen.example"
    assert source["text_sha256"] == hash_text(TEXT)
    judged = [column.name for column in review.vocabulary.tables["sources"].columns if "unclear" in column.values]
    assert len(judged) >= 10
    assert (source[judged] == "unclear").all()
    assert set(review.segments["role"]) == {"not_coded"}
    assert [TEXT[row.start : row.end] for row in review.segments.itertuples()][:2] == [
        "Garlic, a clove a day",
        "Garlic prevents colds.",
    ]
    assert review.hits["marker"].tolist() == ["often", "may"]
    assert "6 sentences, 2 cue words" in said


def test_a_page_gives_its_words_its_author_and_its_day(made):
    added = add_article(
        ROOT / "docs" / "example" / "garlic.html",
        source_id="kitchen",
        url="https://kitchen.example/",
        folder=made / "data",
    )
    text = added.file.read_text(encoding="utf-8")
    assert "Garlic prevents colds." in text
    assert "Copyright" not in text
    assert "Remedies" not in text
    source = load(made / "data").sources.iloc[0]
    assert (source["author"], source["publisher"]) == ("Mara Field", "Kitchen Remedies")
    assert f"{source['published_on']:%Y-%m-%d}" == "2025-10-02"
    assert check_data(made / "data", texts=made / "texts") == []


def test_the_same_text_again_changes_nothing(coded):
    before = {path.name: path.read_bytes() for path in (coded / "data").glob("*.csv")}
    assert "claims" not in str(add(coded, TEXT))
    assert {path.name: path.read_bytes() for path in (coded / "data").glob("*.csv")} == before
    assert [path.name for path in (coded / "texts").iterdir()] == ["garlic.txt"]


def test_a_changed_text_says_of_each_claim_whether_it_stands_moved_or_changed(coded):
    text = TEXT.replace("from autumn to spring", "in all winters").replace("Crush one clove. ", "Peel it first. ")
    added = add(coded, text)
    assert added.exact == ("garlic-001",)
    assert added.changed == ("garlic-002",)
    assert added.moved == ("garlic-003",)
    assert "garlic-002 changed between its first and last words: read it again" in str(added)
    assert (len(added.gone), added.lost_ratings) == (2, 1)
    assert check_data(coded / "data", texts=coded / "texts") == []
    now = read_claims(coded)
    assert now["001"] == CLAIMS["001"]
    assert now["002"] == CLAIMS["002"].replace("from autumn to spring", "in all winters")
    assert now["003"] == CLAIMS["003"]
    review = load(coded / "data")
    assert review.segments.loc[0, "role"] == "heading"
    assert review.segment_ratings["segment_id"].tolist() == ["garlic-s001"]
    old = (coded / "texts" / f"garlic.{hash_text(TEXT)[:8]}.txt").read_text(encoding="utf-8")
    assert old == TEXT


def test_paragraphs_that_change_places_take_their_claims_with_them(coded):
    first, second, third = TEXT.strip().split("\n\n")
    added = add(coded, f"A word before.\n\n{third}\n\n{second}\n\n{first}\n")
    assert added.changed == ()
    assert read_claims(coded) == CLAIMS
    assert check_data(coded / "data", texts=coded / "texts") == []
    ids = load(coded / "data").segments["segment_id"].tolist()
    assert ids == [f"garlic-s{i:03d}" for i in range(1, 8)]


def test_whatever_stood_in_a_texts_place_is_kept(made):
    (made / "texts" / "garlic.txt").write_text("My own notes.", encoding="utf-8")
    add(made, TEXT)
    kept = made / "texts" / f"garlic.{hash_text('My own notes.')[:8]}.txt"
    assert kept.read_text(encoding="utf-8") == "My own notes."
    assert (made / "texts" / "garlic.txt").read_text(encoding="utf-8") == TEXT


def test_where_the_text_cannot_be_written_no_table_is(made):
    before = {path: path.read_bytes() for path in (made / "data").glob("*.csv")}
    (made / "a file").write_text("")
    with pytest.raises(TableError, match="could not be written, nothing was saved"):
        add(made, TEXT, texts=made / "a file")
    assert {path: path.read_bytes() for path in (made / "data").glob("*.csv")} == before


def test_a_server_that_speaks_no_http_is_said(coded):
    (coded / "texts" / "garlic.txt").unlink()
    with socket.create_server(("127.0.0.1", 0)) as server:
        with hold_tables(coded / "data") as held:
            address = f"http://127.0.0.1:{server.getsockname()[1]}/garlic.txt"
            held.save({"sources": held.read("sources").assign(archive_url=address)})

        def answer():
            asked, _ = server.accept()
            asked.recv(1000)
            asked.sendall(b"no status line\r\n\r\n")
            asked.close()

        Thread(target=answer, daemon=True).start()
        said = fetch_texts(coded / "data", coded / "texts")
    assert said["garlic"].startswith("not brought: ")


def test_a_text_that_lost_a_claim_is_refused_and_nothing_is_written(coded):
    before = {path: path.read_bytes() for path in coded.rglob("*") if path.is_file() and path.name != "in.txt"}
    with pytest.raises(TableError, match=r"must hold every claim's words(.|\n)*'Garlic is natural, so it is safe\.'"):
        add(coded, TEXT.replace("natural", "a plant"))
    assert {path: path.read_bytes() for path in coded.rglob("*") if path.is_file() and path.name != "in.txt"} == before


@pytest.mark.parametrize(
    ("content", "name", "source_id", "said"),
    [
        (b"", "in.txt", "garlic", "must have words"),
        (b"<html><body></body></html>", "in.html", "garlic", "must have words"),
        ("Größe".encode("latin-1"), "in.txt", "garlic", "must be UTF-8"),
        (b"Garlic helps.", "in.txt", "Big Name", "source_id must match"),
    ],
)
def test_what_cannot_be_taken_in_is_said_and_leaves_no_trace(made, capsys, content, name, source_id, said):
    (made / name).write_bytes(content)
    before = {path: path.read_bytes() for path in made.rglob("*.csv")}
    assert cli.main(["add", str(made / name), "--id", source_id, "--data", str(made / "data")]) == 1
    assert said in capsys.readouterr().err
    assert {path: path.read_bytes() for path in made.rglob("*.csv")} == before
    assert list((made / "texts").iterdir()) == []


def test_a_text_from_windows_is_stored_with_plain_line_ends(made):
    (made / "in.txt").write_bytes(b"\xef\xbb\xbfGarlic\r\n\r\nIt helps.\r\n")
    add_article(made / "in.txt", source_id="garlic", folder=made / "data")
    assert (made / "texts" / "garlic.txt").read_bytes() == b"Garlic\n\nIt helps.\n"


def test_a_page_without_its_extra_names_it(made, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    page = str(ROOT / "docs" / "example" / "garlic.html")
    assert cli.main(["add", page, "--id", "garlic", "--data", str(made / "data")]) == 1
    assert "pip install 'evidence-review-notebooks[web]'" in capsys.readouterr().err


@pytest.fixture
def served(coded):
    """Serve a folder on this machine; return it, with the article's address in it and its text away from the review."""
    folder = coded.parent / "web"
    folder.mkdir()
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        with hold_tables(coded / "data") as held:
            address = f"http://127.0.0.1:{server.server_port}/garlic.txt"
            held.save({"sources": held.read("sources").assign(url="https://kitchen.example/", archive_url=address)})
        (coded / "texts" / "garlic.txt").unlink()
        yield folder
        server.shutdown()


@pytest.mark.parametrize(
    ("served_text", "status", "file", "said"),
    [
        (TEXT, 0, "garlic.txt", "the text that was coded"),
        (
            TEXT.replace("a clove a day", "by the clove"),
            1,
            "garlic.changed.txt",
            "moved: garlic-001, garlic-002, garlic-003",
        ),
        (TEXT.replace("from autumn", "between autumn"), 1, "garlic.changed.txt", "changed: garlic-002"),
        (TEXT.replace("natural", "a plant"), 1, "garlic.changed.txt", "line 4: 'Garlic is natural, so it is safe.'"),
        ("", 1, None, "the page holds no words"),
        (None, 1, None, "not brought: HTTP Error 404"),
    ],
    ids=["same", "moved", "changed", "lost", "empty", "gone"],
)
def test_texts_are_brought_from_the_web_and_each_claim_is_told_of(
    coded, served, capsys, served_text, status, file, said
):
    if served_text is not None:
        (served / "garlic.txt").write_text(served_text, encoding="utf-8")
    before = {path: path.read_bytes() for path in (coded / "data").glob("*.csv")}
    assert cli.main(["texts", str(coded / "data"), "--texts", str(coded / "texts")]) == status
    assert said in capsys.readouterr().out
    assert [path.name for path in (coded / "texts").iterdir()] == ([file] if file else [])
    assert {path: path.read_bytes() for path in (coded / "data").glob("*.csv")} == before
    sound = check_data(coded / "data", texts=coded / "texts") == []
    assert sound == (status == 0)


def test_others_save_while_a_page_is_slow_to_come(coded):
    saved = []

    class Slow(SimpleHTTPRequestHandler):
        def do_GET(self):
            with hold_tables(coded / "data", patience=0.2) as held:
                held.save({"sources": held.read("sources").assign(note="Saved meanwhile.")})
                saved.append(self.path)
            self.send_error(404)

    with ThreadingHTTPServer(("127.0.0.1", 0), Slow) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        with hold_tables(coded / "data") as held:
            address = f"http://127.0.0.1:{server.server_port}/garlic.txt"
            held.save({"sources": held.read("sources").assign(archive_url=address)})
        (coded / "texts" / "garlic.txt").unlink()
        said = fetch_texts(coded / "data", coded / "texts")
        server.shutdown()
    assert saved == ["/garlic.txt"]
    assert "404" in said["garlic"]


def test_what_was_brought_before_an_interruption_stays(coded):
    class Web(SimpleHTTPRequestHandler):
        def do_GET(self):
            if "second" in self.path:
                (coded / "texts" / "third.txt").write_text("Put here meanwhile.", encoding="utf-8")
                with hold_tables(coded / "data", patience=1) as held:
                    held.save({"sources": held.read("sources")})
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.end_headers()
            self.wfile.write(TEXT.encode())

    with ThreadingHTTPServer(("127.0.0.1", 0), Web) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        with hold_tables(coded / "data") as held:
            first = held.read("sources").assign(archive_url=f"http://127.0.0.1:{server.server_port}/first")
            address = [f"http://127.0.0.1:{server.server_port}/{name}" for name in ("second", "third")]
            more = first.loc[[0, 0]].assign(
                source_id=["second", "third"], file=["second.txt", "third.txt"], archive_url=address
            )
            more = pd.concat([first, more.assign(text_sha256="0" * 64, n_characters="0", n_words="0")])
            path = coded / "data" / "sources.csv"
        more.to_csv(path, index=False, lineterminator="\n")
        (coded / "texts" / "garlic.txt").unlink()
        said = fetch_texts(coded / "data", coded / "texts")
        server.shutdown()
    assert (coded / "texts" / "garlic.txt").read_text(encoding="utf-8") == TEXT
    assert (coded / "texts" / "third.txt").read_text(encoding="utf-8") == "Put here meanwhile."
    assert next(iter(said)) == "garlic"
    assert "third" not in said


def test_nothing_is_imported_before_it_is_used():
    code = """
import sys, evidence
evidence.authoring
print({"trafilatura", "sentencex", "rispy", "bibtexparser", "xlsxwriter", "matplotlib"} & set(sys.modules))
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "set()\n"


@given(
    st.text(st.characters(codec="utf-8") | st.sampled_from(" .\n!?'\""), max_size=200),
    st.sampled_from(["en", "de", "zh"]),
)
def test_every_character_that_is_not_blank_is_in_one_sentence(text, language):
    spans = cut_sentences(text, language)
    assert spans == sorted(spans)
    behind = 0
    for start, end in [*spans, (len(text), len(text))]:
        assert not text[behind:start].strip()
        assert start >= behind
        behind = end
    assert all(text[start:end].strip() == text[start:end] != "" for start, end in spans)


def test_a_template_that_lacks_one_of_its_files_is_refused_however_many_notebooks_there_are(monkeypatch):
    monkeypatch.setattr(template, "FILES", (*template.FILES, "docs/no-such-manual.md"))
    with pytest.raises(FileNotFoundError, match=r"no-such-manual\.md are not all there"):
        read_template()
