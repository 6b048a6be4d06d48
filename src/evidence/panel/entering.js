// Entering: an article with its sentences beside the form for a claim, and the forms for evidence. `panel` is what
// render() of panel.js hands over: id, send, draft, redraw, save, drawVariable, drawHeading, marks (what is picked).

const sentencesOf = (article, claim) => article.sentences.filter((one) => one.claims.includes(claim)).map((one) => one.id);

// Which sentences are picked, which claim is changed.

function pickSentence(panel, screen, key, extend = false) {
  const order = screen.article.sentences.map((one) => one.id);
  const { marks } = panel;
  const [from, to] = [order.indexOf(extend ? marks.anchor : key), order.indexOf(key)].sort((a, b) => a - b);
  if (!extend) Object.assign(marks, { anchor: key, changing: "" });
  marks.picked = order.slice(from, to + 1);
  marks.at = key;
  panel.redraw();
}

function stepSentence(panel, screen, by, extend = false) {
  const { sentences } = screen.article;
  const waits = (one) => !screen.filters.picked.unrated || one.role === "not_coded";
  let at = sentences.findIndex((one) => one.id === panel.marks.at) + by;
  while (!extend && sentences[at] && !waits(sentences[at])) at += by;
  if (sentences[at]) pickSentence(panel, screen, sentences[at].id, extend);
}

function pressInArticle(panel, screen, event) {
  const steps = { ArrowDown: 1, ArrowUp: -1 };
  const role = screen.article.roles[Number(event.key) - 1];
  if (event.key in steps) stepSentence(panel, screen, steps[event.key], event.shiftKey);
  else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) panel.root.querySelector(`#${panel.id("claim-claim")}`)?.focus();
  else if (role && !event.ctrlKey && !event.altKey && !event.metaKey) markRole(panel, role.value);
  else return false;
  return true;
}

function markRole(panel, role) {
  panel.ask({ do: "mark", segments: panel.marks.picked, role, reason: panel.draft().reason || "" });
}

function drawArticle(panel, screen) {
  const { article } = screen;
  const { marks } = panel;
  if (marks.shown !== screen.place[2]) {
    const first = screen.place[2] || article.sentences[0]?.id || ""; // none waits any more: the article from its beginning
    Object.assign(marks, { shown: screen.place[2], anchor: first, at: first, picked: [first], changing: "" });
  }
  if (marks.changing && !article.claims[marks.changing]) marks.changing = "";
  const options = article.sentences.map((one) => make("div", { role: "option", id: panel.id(one.id), class: "sentence-row",
    "aria-selected": String(marks.picked.includes(one.id)), onclick: (event) => pickSentence(panel, screen, one.id, event.shiftKey) },
    make("span", { class: one.role === "not_coded" ? "state" : "state done" },
      one.claims.length ? `${one.claims.length} claim${one.claims.length > 1 ? "s" : ""}` : one.role === "not_coded" ? "·" : one.label),
    make("span", {}, one.text)));
  return make("div", { class: "work entering" },
    make("div", { class: "card" },
      make("h3", { id: panel.id("title") }, article.title),
      make("p", { class: "hint", id: panel.id("keys") }, "Click a sentence, with Shift several; or use the arrow keys, then Enter for its claim or a number where there is none."),
      make("div", { role: "listbox", id: panel.id("sentences"), class: "sentences", tabindex: "0", "aria-multiselectable": "true",
        "aria-labelledby": panel.id("title"), "aria-describedby": panel.id("keys"), "aria-activedescendant": panel.id(marks.at) }, options)),
    article.withdrawing[0] && !marks.kept ? drawWithdrawing(panel, article) : drawClaimForm(panel, screen));
}

function drawWithdrawing(panel, article) {
  const [claim, goes] = article.withdrawing;
  const reason = make("input", { type: "text", id: panel.id("why"), autocomplete: "off" });
  const merged = make("input", { type: "search", id: panel.id("merged"), autocomplete: "off", list: panel.id("claims") });
  const withdraw = (event) => {
    event.preventDefault();
    panel.ask({ do: "withdraw", claim_id: claim, reason: reason.value, merged_into: merged.value });
  };
  return make("form", { class: "gate", onsubmit: withdraw },
    panel.drawHeading(`Withdraw ${claim}?`),
    make("p", { class: "claim" }, article.claims[claim].cells.claim),
    make("p", {}, goes),
    make("div", { class: "field" }, make("label", { for: reason.id }, "Why it is no claim any more"), reason),
    make("div", { class: "field" }, make("label", { for: merged.id }, "Claim that carries it now, if one does"), merged,
      make("datalist", { id: panel.id("claims") }, Object.entries(article.claims).filter(([key]) => key !== claim)
        .map(([key, one]) => make("option", { value: key }, one.cells.claim)))),
    make("div", { class: "row" }, make("button", { class: "main", type: "submit" }, "Withdraw"),
      make("button", { type: "button", onclick: () => { panel.marks.kept = true; panel.redraw(); } }, "Keep")));
}

function drawHere(panel, article) {
  const here = [...new Set(article.sentences.filter((one) => panel.marks.picked.includes(one.id)).flatMap((one) => one.claims))];
  if (!here.length) return null;
  const change = (key) => () => {
    const picked = sentencesOf(article, key);
    Object.assign(panel.marks, { changing: key, picked, anchor: picked[0], at: picked[0] });
    panel.redraw();
  };
  return make("ul", { class: "here", "aria-label": "Claims here" }, here.map((key) => make("li", {},
    make("span", {}, make("strong", {}, key), " ", article.claims[key].cells.claim),
    make("button", { type: "button", class: "quiet", id: panel.id(`change-${key}`), onclick: change(key), "aria-label": `Change ${key}` }, "Change"),
    make("button", { type: "button", class: "quiet", id: panel.id(`withdraw-${key}`), "aria-label": `Withdraw ${key}`,
      onclick: () => { panel.marks.kept = false; panel.ask({ do: "withdraw", claim_id: key }); } }, "Withdraw"))));
}

function drawRoles(panel, screen) {
  const { draft, marks } = panel;
  const reason = make("input", { type: "text", id: panel.id("role-reason"), autocomplete: "off", "aria-describedby": panel.id("role-reason-about"),
    oninput: (event) => { draft().reason = event.target.value; } });
  reason.value = draft().reason || "";
  const buttons = screen.article.roles.map((role, at) => make("button", { type: "button", id: panel.id(`role-${role.value}`), title: role.definition,
    onclick: () => markRole(panel, role.value) }, role.label, make("kbd", { "aria-hidden": "true" }, String(at + 1))));
  const coded = screen.article.sentences.some((one) => marks.picked.includes(one.id) && !["claim", "not_coded"].includes(one.role));
  return make("fieldset", { class: "roles" }, make("legend", {}, "No claim"),
    make("div", { class: "chips" }, buttons,
      coded ? make("button", { type: "button", onclick: () => markRole(panel, "not_coded") }, "Take back") : null),
    make("div", { class: "field" }, make("label", { for: reason.id }, "Reason"), reason,
      make("p", { class: "hint", id: panel.id("role-reason-about") }, "Left empty: what the word means.")));
}

function drawClaimForm(panel, screen) {
  const { article } = screen;
  const { marks, draft } = panel;
  const claim = article.claims[marks.changing];
  const now = claim?.cells || {};
  const field = (one, cells, known, of = "claim") => makeField(one, cells[one.name] ?? known[one.name] ?? "", panel.id(`${of}-${one.name}`),
    (value) => { cells[one.name] = value; panel.markUnsaved(); });
  const citation = make("fieldset", { class: "citation", id: panel.id("citation") }, make("legend", {}, "What it cites"),
    article.citation.map((one) => field(one, draft().citation, claim?.citation || {}, "citation")));
  const [words, more] = [article.fields.filter((one) => one.name === "claim"), article.fields.filter((one) => one.name !== "claim")];
  const numbers = marks.picked.map((key) => article.sentences.findIndex((one) => one.id === key) + 1);
  const which = numbers.length > 1 ? `Sentences ${numbers[0]} to ${numbers.at(-1)}` : `Sentence ${numbers[0]}`;
  panel.onValues = () => { citation.hidden = panel.currentValue("kind") !== "citation"; };
  panel.onValues();
  return panel.drawFormWith([
    panel.drawHeading(claim ? `Change ${marks.changing}` : which, claim ? which : ""),
    drawHere(panel, article),
    claim ? null : drawRoles(panel, screen),
    words.map((one) => field(one, draft().cells, now)),
    screen.variables.map((variable) => panel.drawVariable(variable)),
    citation,
    more.map((one) => field(one, draft().cells, now)),
    claim ? make("details", { class: "mapping", open: Object.keys(draft().values).some((name) => screen.mapping.some((one) => one.name === name)) },
      make("summary", {}, "Map it to a proposition"),
      screen.mapping.map((variable) => panel.drawVariable(variable)), article.reason.map((one) => field(one, draft().cells, now))) : null,
  ], claim ? "Save the change" : "Save the claim",
  claim ? make("button", { type: "button", onclick: () => { marks.changing = ""; panel.redraw(); } }, "Leave the change") : null);
}

function saveClaim(panel, screen) {
  const { marks, draft } = panel;
  const { values, cells, citation } = draft();
  const known = screen.article.claims[marks.changing]?.cells || {};
  const seen = Object.fromEntries(Object.keys(cells).filter((name) => name in known).map((name) => [name, known[name]]));
  const cites = panel.currentValue("kind") === "citation" && Object.keys(citation).length;
  panel.ask({ do: "enter", segments: marks.picked, claim_id: marks.changing, cells: { ...cells, ...values }, seen,
    citation: cites ? citation : null });
}

// Evidence: a proposition with its searches and findings.

function drawEvidence(panel, screen) {
  const key = screen.place[2];
  const go = (one) => () => panel.ask({ do: "go", key: one });
  const list = make("div", { class: "many" }, screen.propositions.map(([one, statement]) => make("button",
    { type: "button", class: "pick", id: panel.id(`go-${one}`), "aria-current": one === key ? "true" : null, onclick: go(one) },
    make("strong", {}, one), ` ${statement}`)));
  return make("div", { class: "work" },
    make("div", { class: "card" },
      make("h3", {}, "Propositions"),
      make("button", { type: "button", id: panel.id("go-new"), "aria-current": key ? null : "true", onclick: go("") }, "New proposition"),
      list),
    panel.drawFormWith([panel.drawHeading(key || "New proposition"), screen.forms.map((part) => drawPart(panel, part))],
      key ? "Save the changes" : "Save the proposition"));
}

const rowsOf = (panel, part) => (panel.draft().parts[part.table] ||= part.one && !part.rows.length ? [begin(part)] : []);
const begin = (part) => Object.fromEntries(part.fields.filter((field) => field.default).map((field) => [field.name, field.default]));

function drawPart(panel, part) {
  const typed = rowsOf(panel, part);
  const rows = [...part.rows, ...typed.slice(part.rows.length)];
  const drawRow = (row, at) => {
    const cells = (typed[at] ||= {});
    const known = part.rows[at] || {};
    const fields = part.fields.map((field) => makeField(field, cells[field.name] ?? known[field.name] ?? "",
      panel.id(`${part.table}-${at}-${field.name}`), (value) => { cells[field.name] = value; panel.markUnsaved(); }));
    const grid = make("div", { class: "fields" }, fields);
    if (part.one) return grid;
    return make("details", { open: !part.rows[at] || Object.keys(cells).length > 0 },
      make("summary", {}, known[part.key] ? `${known[part.key]}: ${known.query || known.outcome_measure || ""}` : `New, ${at + 1}`), grid);
  };
  const add = () => { typed[rows.length] = begin(part); panel.redraw(); };
  return make("fieldset", { class: "part" }, make("legend", {}, part.label),
    part.about ? make("p", { class: "about" }, part.about) : null,
    rows.map(drawRow),
    part.one ? null : make("button", { type: "button", id: panel.id(`add-${part.table}`), onclick: add }, `Add to ${part.label.toLowerCase()}`));
}

function saveEvidence(panel, screen) {
  const rows = {};
  const seen = {};
  for (const part of screen.forms) {
    rowsOf(panel, part).forEach((cells, at) => {
      const known = part.rows[at];
      const given = Object.entries(cells || {}).filter(([name, value]) => (known ? value !== known[name] : value));
      if (!given.length) return;
      if (known) seen[known[part.key]] = Object.fromEntries(given.map(([name]) => [name, known[name] ?? ""]));
      const names = known ? { [part.key]: known[part.key] } : part.one || !screen.place[2] ? {} : { proposition_id: screen.place[2] };
      (rows[part.table] ||= []).push({ ...names, ...Object.fromEntries(given) });
    });
  }
  if (Object.keys(rows).length) panel.ask({ do: "enter_rows", rows, seen });
}
