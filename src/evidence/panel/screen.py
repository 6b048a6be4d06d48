"""What the panel may know at one moment, as plain data: what is hidden from the rater is not in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from evidence import labels
from evidence.judgements import describe_evidence
from evidence.panel.forms import BARRED, describe_article, describe_evidence_forms
from evidence.panel.session import ENTER, ENTRY, EVIDENCE, SETTLE, Session, name_variable
from evidence.ratings import FINAL
from evidence.rules import MAPPED, NO_ITEM
from evidence.schema import Word
from evidence.texts import show_passage

AROUND = 420
NONE_FITS = Word(NO_ITEM, "None fits", "No proposition says what the claim says, or evidence could not be looked for.")
FIRST_WORDING = {
    "mapping": "A claim comes here when you have rated its wording, so that the evidence cannot colour that.",
    "citations": "What a claim cites comes here when you have rated its wording: its kind is part of that.",
}


def describe_screen(session: Session) -> dict[str, Any]:
    """Return what the panel shows.

    Returns
    -------
    dict
        ``rater``, ``view``, ``views``, ``said``, ``saved``, and ``card``, which is None where there is nothing to show.
        Where somebody rates also ``filters``, ``progress``, ``place`` and ``gate`` (why a view is empty). Where a row
        is shown also ``variables``, ``own`` (value by variable), ``note`` (her own), ``others`` (by variable),
        ``notes`` (the others') and, where she settles, ``settling``. Where she rates one variable at a time ``one`` is
        true. Where claims are entered there are ``article``, ``variables`` and ``mapping`` in place of a card, where
        evidence is, ``forms`` and ``propositions``; see `evidence.panel.forms`.
    """
    screen: dict[str, Any] = {
        "rater": session.rater,
        "view": session.view,
        "views": [[view.name, view.label] for view in session.views.values()] + [[SETTLE, "Settle"]],
        "said": list(session.said),
        "saved": session.saved,
        "card": None,
    }
    if not session.rater:
        return screen
    rows, items, done = session.list_rows(), session.list_items(), session.find_finished()
    return {
        **screen,
        "filters": _describe_filters(session),
        "progress": [sum(row in done for row in rows), len(rows)],
        "place": [items.index(session.place) + 1 if session.place in items else 0, len(items), session.place],
        "gate": None if rows or session.view == EVIDENCE else _describe_gate(session),
        "one": session.rates_one(),
        **_describe_work(session),
    }


def _describe_work(session: Session) -> dict[str, Any]:
    """Describe what she works at: a row to rate or settle, an article, a proposition with what it stands on."""
    if session.view == ENTER and not session.find_bar():
        wording, mapping = (session.views[name].variables for name in ("wording", "mapping"))
        return {
            "article": describe_article(session),
            "variables": [_describe_variable(session, "claims", name) for name in wording],
            "mapping": [_describe_variable(session, "claims", name) for name in mapping],
        }
    if session.view == EVIDENCE:
        listed = session.review.propositions[["proposition_id", "statement"]]
        return {"forms": describe_evidence_forms(session), "propositions": listed.to_numpy().tolist()}
    return _describe_row(session) if session.place and session.view not in ENTRY else {}


def _describe_gate(session: Session) -> dict[str, str]:
    """Say why a view is empty, and what the rater can say to open it."""
    if session.view == ENTER:
        return BARRED[session.find_bar() or "text"]
    if session.is_closed():
        return {"text": "You have given up this blind rating for this session. Another rater id starts anew."}
    if session.view in FIRST_WORDING and not session.gave_up("wording"):
        return {"text": FIRST_WORDING[session.view], "button": "I rate no wording", "waive": "wording"}
    if session.view == SETTLE and not session.gave_up("rating"):
        text = (
            "Here is where raters differ on what you have rated; somebody who has not settles it. Whoever settles "
            "without rating sees all."
        )
        return {"text": text, "button": "I settle and do not rate", "waive": "rating"}
    return {"text": "Nothing is left here under these filters."}


def _describe_filters(session: Session) -> dict[str, Any]:
    words, settling = session.review.vocabulary, session.view == SETTLE
    table = "claims" if settling else session.views[session.view].table
    support = session.may_pick_support()
    named = session.find_sources(table) is not None
    kind = "As you rated it, not as others did." if session.picks_own_kind() else ""
    known = "" if session.gave_up("rating") else "Among those that you mapped and whose certainty you may know."
    rated = [name for view in session.views.values() for name in view.variables]
    rated = rated if settling else list(session.views[session.view].variables)
    picked = dict(vars(session.filters))
    if session.view == ENTER:
        picked["source"] = session.find_source()
    return {
        "picked": picked,
        "source": [[row.source_id, row.title] for row in session.review.sources.itertuples()] if named else [],
        "kind": _list_options(words.labels("claims", "kind") if table == "claims" else {}),
        "support": _list_options(words.labels("derived", "support") if table == "claims" else {}),
        "support_open": support,
        "variable": [[name, labels.capital(name_variable(name))] for name in rated],
        "hints": {"kind": kind, "support": known if support else "Not for wording: it tells of the evidence."},
    }


def _list_options(names: Mapping[str, str]) -> list[list[str]]:
    return [[value, label] for value, label in names.items()]


def _describe_row(session: Session) -> dict[str, Any]:
    """Describe a row to rate, or a cell to settle with those that hang together with it."""
    if session.view != SETTLE:
        view = session.views[session.view]
        own = session.find_values(view.table, session.place)
        return {
            "card": _describe_card(session, view.table, session.place, view.name),
            "variables": [_describe_variable(session, view.table, name) for name in session.list_variables()],
            "own": own,
            "note": session.find_own(view.table)["note"].get(session.place, ""),
            **_describe_others(session, view.table, session.place, view.variables),
        }
    table, row_id, variable = session.place.split("/")
    view, now = session.find_view(table, variable), session.find_current(table, row_id)
    together = (variable,) if view.name == "wording" else view.variables
    names = [name for name in together if name in session.find_known(table, row_id)]
    return {
        "card": _describe_card(session, table, row_id, view.name),
        "variables": [_describe_variable(session, table, name) for name in names],
        "own": {name: now[name] for name in names if name != variable},
        "note": "",
        **_describe_others(session, table, row_id, names),
        "settling": {
            "variable": variable,
            "current": _label(session, table, variable, now[variable]),
            "revise": [view.name, view.label, row_id] if variable in session.find_values(table, row_id) else None,
        },
    }


def _describe_variable(session: Session, table: str, name: str) -> dict[str, Any]:
    """Describe one variable for its control.

    Returns
    -------
    dict
        ``name``, ``label``, ``description``, ``codes`` (each with ``value``, ``label``, ``group``, ``definition``,
        ``cues``, ``boundary``), ``manual`` (paragraphs), ``search`` (codes are many and found by words) and ``unless``
        (another variable and its value that make this one needless, or None).
    """
    column = session.review.vocabulary.tables[table].column(name)
    label = labels.capital(name_variable(name))
    return {
        "name": name,
        "label": label,
        "description": column.description,
        "codes": [vars(word) for word in (_list_propositions(session) if name == "proposition_id" else column.words)],
        "manual": list(session.manual.get(name, session.manual.get(label.lower(), ()))),
        "search": name == "proposition_id",
        "unless": ["proposition_id", NO_ITEM] if name in MAPPED else None,
    }


def _list_propositions(session: Session) -> list[Word]:
    """Return the propositions as the words of a column, each with what it is about and nothing of what was found."""
    rows = session.review.propositions.itertuples()
    about = [(row, (row.population, row.intervention, row.comparator, row.outcome, row.timepoint)) for row in rows]
    return [NONE_FITS] + [
        Word(row.proposition_id, row.proposition_id, row.statement, boundary="; ".join(map(labels.word, parts)))
        for row, parts in about
    ]


def _describe_others(session: Session, table: str, row_id: str, names: Iterable[str]) -> dict[str, Any]:
    """Return what others said of each variable, and their notes; where she settles, what all said."""
    settling = session.view == SETTLE
    own = session.find_values(table, row_id)
    found = session.find_others(table, row_id, names, all_raters=settling)
    rows = [_name_cells(row) for row in found.to_dict("records")]
    others: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        who = f"{row['rater_id']}, final" if row["round"] == FINAL else row["rater_id"]
        for name in names:
            if value := row[name]:
                label, same = _label(session, table, name, value), None if settling else value == own[name]
                others.setdefault(name, []).append({"rater": who, "label": label, "same": same})
    return {"others": others, "notes": [[row["rater_id"], row["note"]] for row in rows if row["note"]]}


def _label(session: Session, table: str, name: str, value: str) -> str:
    return labels.label(value, {**session.review.vocabulary.labels(table, name), NO_ITEM: NONE_FITS.label})


def _describe_card(session: Session, table: str, row_id: str, view: str) -> dict[str, Any]:
    """Describe what is rated, with as much of what hangs on it as the rater may know.

    Returns
    -------
    dict
        ``id`` and whatever of these it has: ``title`` (the article's), ``lead``, ``quote``, ``sentence`` (of the
        evidence), ``waive`` (text and button that show the sentence), ``parts`` (names and texts), ``findings``,
        ``link`` (to the words on the live page), ``passage`` (before, span, behind; None where the text is not at
        hand) and ``evidence`` (a card in this card).
    """
    row = _find_row(session, table, row_id)
    if table == "claims":
        card = _describe_claim(session, row)
        chosen = session.find_values("claims", row_id).get("proposition_id", NO_ITEM)
        if session.gave_up("rating"):
            chosen = session.find_current("claims", row_id)["proposition_id"]
        if view == "mapping" and chosen != NO_ITEM:
            card["evidence"] = _describe_proposition(session, chosen)
        return card
    if table == "propositions":
        return {**_describe_proposition(session, row_id), "waive": None}
    if table == "citations":
        return _describe_citation(session, row)
    card = {"id": row_id}
    if {"source_id", "start", "end"} <= row.keys():
        return {**card, **_describe_passage(session, row)}
    told = [name for name in row if name not in session.rated[table] and name != session.key(table)]
    return {**card, "parts": [[labels.heading(name), labels.cell(row[name])] for name in told]}


def _find_row(session: Session, table: str, row_id: str) -> dict[str, Any]:
    rows = session.review.tables[table]
    return _name_cells(rows[rows[session.key(table)] == row_id].iloc[0].to_dict())


def _name_cells(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): value for name, value in row.items()}


def _describe_claim(session: Session, claim: Mapping[str, Any]) -> dict[str, Any]:
    """Describe a claim without anything that was judged of it: no code, no proposition, no evidence."""
    source = _find_row(session, "sources", claim["source_id"])
    return {
        "id": claim["claim_id"],
        "lead": claim["claim"],
        "quote": claim["quote"],
        "link": labels.quote_address(source["url"], claim["quote"]),
        **_describe_passage(session, claim),
    }


def _describe_passage(session: Session, row: Mapping[str, Any]) -> dict[str, Any]:
    text = session.passages.get(row["source_id"])
    return {
        "title": _find_row(session, "sources", row["source_id"])["title"],
        "passage": None if text is None else list(show_passage(text, row["start"], row["end"], around=AROUND)),
    }


def _describe_proposition(session: Session, proposition_id: str) -> dict[str, Any]:
    """Describe a proposition with its findings; with the evidence sentence only where it may be seen."""
    row = _find_row(session, "propositions", proposition_id)
    parts = ("population", "intervention", "comparator", "outcome", "timepoint")
    card: dict[str, Any] = {
        "id": proposition_id,
        "lead": row["statement"],
        "parts": [[labels.heading(part), labels.word(row[part])] for part in parts],
        "findings": _list_findings(session, proposition_id),
    }
    if proposition_id in session.find_weighed():
        marked = labels.label(row["indirectness"], session.review.vocabulary.labels("propositions", "indirectness"))
        rated_down = [["Indirectness", marked]] if marked else []
        return {**card, "parts": card["parts"] + rated_down, "sentence": describe_evidence(row)}
    text = "How certain it is shows when you have rated its direction and certainty yourself."
    return {**card, "waive": {"text": text, "button": "I rate no propositions", "waive": "propositions"}}


def _list_findings(session: Session, proposition_id: str) -> list[str]:
    findings = session.review.findings[session.review.findings["proposition_id"] == proposition_id]
    bias = session.review.studies[["study_id", "risk_of_bias"]]
    rows = findings.merge(bias, on="study_id", validate="m:1")
    return [_describe_finding(row) for row in map(_name_cells, rows.to_dict("records"))]


def _describe_finding(row: Mapping[str, Any]) -> str:
    words = labels.finding(row)
    what = ", ".join(filter(None, (labels.word(words.measure), labels.word(words.timepoint), words.against)))
    bias = f"risk of bias {labels.word(row['risk_of_bias'])}"
    told = (what, words.effect, words.size, bias, labels.cell(row["note"]))
    return f"{words.study}: {'; '.join(filter(None, told))}"


def _describe_citation(session: Session, citation: Mapping[str, Any]) -> dict[str, Any]:
    """Describe a mention of outside work: what it was traced to when she has rated its identity, why when all of it."""
    claim = _describe_claim(session, _find_row(session, "claims", citation["claim_id"]))
    known = session.find_known("citations", citation["citation_id"])
    traced = []
    for name, heading in (("study_id", "Work meant"), ("nearest_study_id", "Nearest real work")):
        if "identity" in known and not pd.isna(citation[name]):
            study = _find_row(session, "studies", citation[name])
            traced += [[heading, labels.reference(study)], ["Read at", labels.web_address(study["url"])]]
    reason = [["Reason", citation["reason"]]] if known >= set(session.rated["citations"]) else []
    cited = [["Cited as", citation["cited_as"]]]
    return {**claim, "id": citation["citation_id"], "parts": cited + traced + reason}
