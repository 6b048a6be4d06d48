// The panel in the browser. It draws what the kernel tells it (model.get("screen")) and sends what the rater does.

const REMEMBER = "evidence-rater"; // sessionStorage: gone when the browser's tab is closed
const PATIENCE = 20_000; // milliseconds until a kernel that says nothing is taken to be gone
const GONE = "The kernel does not answer: it is busy, or was started anew. Run all cells again; what was saved is saved.";
let panels = 0;

function render({ model, el }) {
  const id = (name) => `evidence-${panel}-${name}`;
  const panel = ++panels;
  const drafts = new Map();
  let shown = null; // the place last drawn
  let wantsHeading = false;
  let saving = null; // what was sent: the key of its draft, and what it does
  let drawn = null; // the view last drawn
  let waiting = null; // for the kernel's answer
  let definitions = null; // whether they are unfolded; null: as the task has it

  const status = make("p", { role: "status", class: "said" });
  const alert = make("p", { role: "alert", class: "said wrong" });
  const body = make("div", { class: "body" });
  const root = make(
    "section",
    { class: "evidence-panel", "aria-label": "Claims and evidence", onkeydown: press },
    body,
    make("div", { class: "messages" }, status, alert),
  );
  el.append(root);

  const marks = { picked: [], anchor: "", at: "", changing: "", shown: null, seen: "", kept: false }; // of the article
  const place = (screen) => `${screen.rater}|${screen.view}|${(screen.place || [])[2] || ""}`;
  const draftKey = (screen) => (screen.article ? `${screen.rater}|${marks.changing || marks.anchor}` : place(screen));
  const draft = (screen) => {
    const key = draftKey(screen);
    if (!drafts.has(key)) drafts.set(key, { values: {}, note: "", search: "", cells: {}, citation: {}, parts: {} });
    return drafts.get(key);
  };
  const known = (screen) => (screen.article ? screen.article.claims[marks.changing]?.cells || {} : screen.own || {});

  function send(message) {
    clearTimeout(waiting);
    waiting = setTimeout(() => say("alert", GONE), PATIENCE);
    try {
      model.send(message);
    } catch { // the kernel was started anew: it knows nothing of this panel
      say("alert", GONE);
    }
  }

  function press(event) {
    const screen = model.get("screen");
    const typing = event.target.matches("textarea, select, input[type=text], input[type=search]");
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (saving && /^[1-9]$/.test(event.key) && plain && !typing) { /* what comes next is not in sight yet */ }
    else if (event.target.role === "listbox" && pressInArticle(panelOf(screen), screen, event)) { /* done */ }
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) (event.target.form || findButton()?.form)?.requestSubmit();
    else if (event.key === "Enter" && event.target.type === "text" && event.target.closest(".roles")) { /* which role is not said */ }
    else if (event.key === "Enter" && event.target.type === "text") event.target.form.requestSubmit(); // Lab stops it
    else if (event.key === "Enter" && event.target.type === "search") event.preventDefault(); // it finds and saves nothing
    else if (event.key === "n" && plain && !typing) move(1);
    else if (event.key === "p" && plain && !typing) move(-1);
    else if (event.key === "d" && plain && !typing) unfold();
    else if (/^[1-9]$/.test(event.key) && plain && !typing && chooseByNumber(screen, event)) { /* done */ }
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  const findButton = () => root.querySelector(`#${id("save")}`);

  function move(by) {
    const screen = model.get("screen");
    wantsHeading = true;
    if (screen.article) stepSentence(panelOf(screen), screen, by);
    else send({ do: "move", by });
  }

  function ask(screen, message) {
    saving = { key: draftKey(screen), does: message.do };
    send(message);
  }

  function save() {
    const screen = model.get("screen");
    if (screen.article) saveClaim(panelOf(screen), screen);
    else if (screen.forms) saveEvidence(panelOf(screen), screen);
    else if (screen.card) {
      const { values, note } = draft(screen);
      const action = screen.view === "settle" ? "settle" : "save";
      ask(screen, { do: action, place: screen.place[2], values: { ...screen.own, ...values }, note });
    }
  }

  // The nth code of the variable that has the focus, else of the first without a value.
  function chooseByNumber(screen, event) {
    const sets = [...root.querySelectorAll("fieldset.variable:not(:disabled)")];
    const set = event.target.closest("fieldset.variable") || sets.find((one) => !one.querySelector("input:checked")) || sets[0];
    const code = set?.querySelectorAll(".code:not([hidden]) input")[Number(event.key) - 1];
    if (!code || set.querySelector(".many")) return false;
    code.click();
    if (screen.one) {
      wantsHeading = true;
      save();
    } else {
      const next = sets[sets.indexOf(set) + 1];
      (next ? next.querySelector("input:checked, input") : code).focus();
    }
    return true;
  }

  const areUnfolded = (screen) => definitions ?? !(screen.one || screen.article || screen.forms);

  function unfold() {
    definitions = !areUnfolded(model.get("screen"));
    draw();
  }

  // What entering.js works with.
  function panelOf(screen) {
    return {
      id, marks, root, save, redraw: draw, ask: (message) => ask(screen, message),
      draft: () => draft(screen), currentValue: (name) => currentValue(screen, name), markUnsaved: () => markUnsaved(screen),
      drawHeading: heading, drawVariable: (variable) => drawVariable(screen, variable),
      drawFormWith: (parts, label, more) => drawFormWith(screen, parts, label, more),
      set onValues(run) { onValues = run; }, get onValues() { return onValues; },
    };
  }
  let onValues = () => {};

  function drawSignIn() {
    const input = make("input", { type: "text", id: id("rater"), autocomplete: "off", spellcheck: "false",
      "aria-describedby": id("rater-hint") });
    const begin = (event) => {
      event.preventDefault();
      wantsHeading = true;
      send({ do: "sign_in", rater: input.value.trim() });
    };
    return make("form", { class: "sign-in", onsubmit: begin },
      make("label", { for: id("rater") }, "Your rater id"),
      make("p", { id: id("rater-hint"), class: "hint" },
        "Small letters and digits, with hyphens between. It stands beside each of your ratings; take the same one every time."),
      make("div", { class: "row" }, input, make("button", { class: "main", type: "submit" }, "Begin")));
  }

  function drawHead(screen) {
    const views = screen.views.map(([name, label]) =>
      make("button", { type: "button", id: id(`view-${name}`), "aria-pressed": String(name === screen.view),
        onclick: () => { wantsHeading = false; send({ do: "view", view: name }); } }, label));
    const leave = () => {
      try { sessionStorage.removeItem(REMEMBER); } catch { /* a browser that stores nothing */ }
      send({ do: "sign_out" });
    };
    return make("div", { class: "head" },
      make("div", { role: "group", "aria-label": "Task", class: "views" }, views),
      make("p", { class: "who" }, "Rater ", make("strong", {}, screen.rater), " ",
        make("button", { type: "button", class: "quiet", onclick: leave }, "Change")));
  }

  function drawSelect(screen, name, label, options, open = true) {
    if (!options.length) return null;
    const { picked, hints } = screen.filters;
    const { view } = screen;
    const hint = hints[name];
    const select = make("select", { id: id(name), disabled: !open, "aria-describedby": hint ? id(`${name}-hint`) : null,
      onchange: (event) => send({ do: "filter", name, value: event.target.value }) },
      screen.article && name === "source" ? null : make("option", { value: "" }, name === "variable" && view !== "settle" ? "All at once" : "All"),
      options.map(([value, text]) => make("option", { value }, text)));
    select.value = open && options.some(([value]) => value === picked[name]) ? picked[name] : "";
    return make("div", { class: "filter" }, make("label", { for: id(name) }, label), select,
      hint ? make("p", { class: "hint", id: id(`${name}-hint`) }, hint) : null);
  }

  function drawTick(screen, name, label) {
    const box = make("input", { type: "checkbox", id: id(name),
      onchange: (event) => send({ do: "filter", name, value: event.target.checked }) });
    box.checked = screen.filters.picked[name];
    return make("div", { class: "tick" }, box, make("label", { for: id(name) }, label));
  }

  function drawFilters(screen) {
    const { filters, view } = screen;
    return make("div", { role: "group", "aria-label": "Show", class: "filters" },
      drawSelect(screen, "variable", "Variable", filters.variable),
      drawSelect(screen, "source", "Source", filters.source),
      drawSelect(screen, "kind", "Kind", filters.kind),
      drawSelect(screen, "support", "Support", filters.support, filters.support_open),
      view === "settle" ? drawTick(screen, "settled", "Settled ones too")
        : view === "evidence" ? null : drawTick(screen, "unrated", view === "enter" ? "Not coded yet" : "Unrated by me"),
      make("button", { type: "button", id: id("definitions"), "aria-pressed": String(areUnfolded(screen)), "aria-keyshortcuts": "d",
        onclick: unfold }, "Definitions", make("kbd", { "aria-hidden": "true" }, "d")));
  }

  function drawPlace(screen) {
    const [done, all] = screen.progress;
    const [at, of] = screen.place;
    const verb = { settle: "settled", enter: "sentences done" }[screen.view] || "rated";
    const bar = make("progress", { max: Math.max(all, 1), value: done, "aria-label": `Share ${verb}` });
    const steps = [[-1, "Previous", "p"], [1, "Next", "n"]].map(([by, label, key]) =>
      make("button", { type: "button", id: id(label), "aria-keyshortcuts": key, onclick: () => move(by) },
        label, make("kbd", { "aria-hidden": "true" }, key)));
    const key = make("input", { type: "text", id: id("go"), autocomplete: "off", spellcheck: "false", size: "14" });
    const go = (event) => {
      event.preventDefault();
      wantsHeading = true;
      send({ do: "go", key: key.value });
    };
    return make("div", { class: "place" },
      screen.forms ? null : make("p", { class: "tally" }, bar, make("span", {}, make("strong", {}, `${done} of ${all}`), ` ${verb}`)),
      make("p", { class: "at" }, of && !screen.article ? (at ? `${at} of ${of} shown` : `${of} more shown`) : ""),
      screen.article ? null : make("form", { class: "go", onsubmit: go }, make("label", { for: key.id }, "Go to"), key),
      make("div", { class: "steps" }, steps));
  }

  const heading = (text, behind) =>
    make("h3", { id: id("heading"), tabindex: "-1" }, text, " ", behind ? make("span", { class: "source" }, behind) : null);

  const drawWaive = ({ text, button, waive }, properties = { class: "hint" }) => [
    make("p", properties, text),
    button ? make("button", { type: "button", onclick: () => { wantsHeading = true; send({ do: "waive", what: waive }); } }, button)
      : null];

  function drawCard(card, within = false) {
    const passage = card.passage && make("p", { class: "words" }, card.passage[0], make("mark", {}, card.passage[1]),
      card.passage[2]);
    const away = make("p", { class: "hint" }, "The article’s text is not at hand, so its passage cannot be shown.");
    return [
      within ? make("h4", {}, `What the evidence says: ${card.id}`) : heading(card.id, card.title),
      card.lead ? make("p", { class: within ? "statement" : "claim" }, card.lead) : null,
      card.quote ? make("blockquote", {}, card.quote) : null,
      card.sentence ? make("p", { class: "sentence" }, card.sentence) : null,
      card.parts ? make("dl", {}, card.parts.map(([name, text]) => [make("dt", {}, name), make("dd", {}, text)]).flat()) : null,
      card.waive ? drawWaive(card.waive) : null,
      card.findings ? make("details", { open: !within }, make("summary", {}, `Findings (${card.findings.length})`),
        make("ul", {}, card.findings.map((text) => make("li", {}, text)))) : null,
      card.evidence ? drawCard(card.evidence, true) : null,
      card.passage === undefined ? null : [make("h4", {}, "In its passage"), passage || away],
      card.link ? make("p", {}, make("a", { href: card.link, target: "_blank", rel: "noopener noreferrer" },
        "Find the words on the live page")) : null,
    ].flat(2);
  }

  function drawCode(screen, variable, code) {
    const number = variable.search ? 0 : variable.codes.indexOf(code) + 1;
    const key = id(`${variable.name}-${code.value}`);
    const input = make("input", { type: "radio", id: key, name: id(variable.name), value: code.value,
      "aria-describedby": `${key}-text`, onchange: () => choose(screen, variable, code.value) });
    input.checked = currentValue(screen, variable.name) === code.value;
    const text = make("p", { id: `${key}-text`, class: variable.search ? null : "definition" }, code.definition,
      code.cues ? make("span", { class: "cue" }, make("b", {}, "Cues "), code.cues) : null,
      code.boundary ? make("span", { class: "cue" }, variable.search ? null : make("b", {}, "Boundary "), code.boundary) : null);
    return make("div", { class: "code", onclick: (event) => { if (!event.target.closest("input, label")) input.click(); } },
      input, make("label", { for: key }, code.label, number ? make("kbd", { "aria-hidden": "true" }, String(number)) : null), text);
  }

  const currentValue = (screen, name) => draft(screen).values[name] ?? known(screen)[name] ?? "";
  const isNeedless = (screen, { unless }) => Boolean(unless) && currentValue(screen, unless[0]) === unless[1];

  function choose(screen, variable, value) {
    draft(screen).values[variable.name] = value;
    for (const other of [...screen.variables, ...(screen.mapping || [])]) {
      const set = root.querySelector(`#${id(`${other.name}-set`)}`);
      if (set) set.disabled = isNeedless(screen, other);
    }
    onValues();
    markUnsaved(screen);
  }

  function drawVariable(screen, variable) {
    const groups = new Map();
    for (const code of variable.codes) groups.set(code.group, [...(groups.get(code.group) || []), code]);
    const codes = [...groups].map(([group, members]) => {
      const drawn = members.map((code) => drawCode(screen, variable, code));
      return group ? make("div", { role: "group", "aria-label": group, class: "codes" },
        make("p", { class: "group", "aria-hidden": "true" }, group), drawn) : make("div", { class: "codes" }, drawn);
    });
    return make("fieldset", { class: "variable", id: id(`${variable.name}-set`), disabled: isNeedless(screen, variable),
      "aria-describedby": id(`${variable.name}-about`) },
      make("legend", {}, variable.label),
      make("p", { id: id(`${variable.name}-about`), class: "about definition" }, variable.description),
      screen.settling ? drawOthers(screen, variable) : null,
      variable.search ? drawSearch(screen, variable, codes) : codes,
      variable.manual.length ? make("details", { class: "definition" }, make("summary", {}, `The manual on ${variable.label.toLowerCase()}`),
        variable.manual.map((text) => make("p", {}, text))) : null,
      screen.settling || screen.article ? null : drawOthers(screen, variable));
  }

  function drawSearch(screen, variable, codes) {
    const found = make("p", { role: "status", class: "hint" });
    const list = make("div", { class: "many" }, codes);
    const narrow = () => {
      const words = draft(screen).search.toLowerCase().split(/\s+/);
      const rows = [...list.querySelectorAll(".code")];
      const fits = (row) => row.querySelector("input").checked || words.every((word) => row.textContent.toLowerCase().includes(word));
      for (const row of rows) row.hidden = !fits(row);
      found.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} shown`;
    };
    const input = make("input", { type: "search", id: id(`${variable.name}-search`), autocomplete: "off",
      oninput: (event) => { draft(screen).search = event.target.value; narrow(); } });
    input.value = draft(screen).search;
    narrow();
    return [make("div", { class: "search" }, make("label", { for: id(`${variable.name}-search`) }, "Find by words"), input, found), list];
  }

  function drawOthers(screen, variable) {
    const others = screen.others[variable.name];
    if (!others) return null;
    const label = `${screen.settling ? "Raters" : "Others"} on ${variable.label.toLowerCase()}`;
    return make("div", { class: "others" }, make("p", { class: "group" }, label),
      make("ul", { "aria-label": label }, others.map((other) => make("li", {},
        make("span", { class: "rater" }, other.rater), " ", make("strong", {}, other.label),
        other.same === null ? "" : make("span", { class: other.same ? "same" : "differs" }, other.same ? " as you" : " differs")))));
  }

  function drawNotes(screen) {
    if (!screen.notes.length) return null;
    return make("div", { class: "others" }, make("p", { class: "group" }, "Notes"),
      make("ul", { "aria-label": "Notes" }, screen.notes.map(([rater, note]) =>
        make("li", {}, make("span", { class: "rater" }, rater), " ", note))));
  }

  function drawForm(screen) {
    const settling = screen.settling;
    if (settling?.revise) return drawRevise(screen);
    const note = make("textarea", { id: id("note"), rows: 2, "aria-describedby": screen.note ? id("noted") : null,
      oninput: (event) => { draft(screen).note = event.target.value; markUnsaved(screen); } });
    note.value = draft(screen).note;
    return drawFormWith(screen, [
      settling ? make("p", { class: "about" }, "In the table now: ", make("strong", {}, settling.current),
        ". Choose the final value; it goes into the table, and into the final rating with your reason.") : null,
      screen.one ? make("p", { class: "about" }, "A number chooses, saves and goes on to the next row.") : null,
      screen.variables.map((variable) => drawVariable(screen, variable)), drawNotes(screen)],
    settling ? "Settle" : "Save", null,
    make("div", {}, make("label", { for: id("note") }, settling ? "Reason" : "Note, where it was hard"), note,
      screen.note ? make("p", { id: id("noted"), class: "hint" }, `Noted before: ${screen.note}`) : null));
  }

  // Who has rated a cell sees how it differs, and may revise her own value; somebody else settles.
  function drawRevise(screen) {
    const [view, label, key] = screen.settling.revise;
    return make("div", { class: "form" }, make("div", { class: "variables", id: id("codes"), tabindex: "0", role: "region", "aria-label": "Codes" },
      make("p", {}, "You have rated this; somebody who has not settles it. Where another’s reason convinces you, revise yours."),
      make("button", { type: "button", class: "main", onclick: () => { wantsHeading = true; send({ do: "go", view, key }); } },
        `Revise mine: ${label}`),
      screen.variables.map((variable) => drawOthers(screen, variable)), drawNotes(screen)));
  }

  function drawFormWith(screen, parts, label, more = null, above = null) {
    const folded = areUnfolded(screen) ? "" : " folded";
    return make("form", { class: "form", onsubmit: (event) => { event.preventDefault(); save(); } },
      make("div", { class: `variables${folded}`, id: id("codes"), tabindex: "0", role: "region", "aria-label": "Codes" }, parts.flat(2)),
      make("div", { class: "foot" }, above || make("div", {}),
        make("div", { class: "act" },
          make("button", { class: "main", type: "submit", id: id("save"), "aria-keyshortcuts": "Control+Enter" },
            label, make("kbd", { "aria-hidden": "true" }, "Ctrl Enter")), more,
          make("p", { class: "unsaved", id: id("unsaved") }))));
  }

  function markUnsaved(screen) {
    const { values, note, cells, citation, parts } = draft(screen);
    const typed = [cells, citation, ...Object.values(parts).flat()].some((one) => Object.keys(one || {}).length > 0);
    const begun = screen.forms && !Object.values(parts).flat().some((row) => Object.values(row || {}).some(Boolean));
    const fresh = (typed && !begun) || Object.entries(values).some(([name, value]) => known(screen)[name] !== value);
    const line = root.querySelector(`#${id("unsaved")}`);
    if (line) line.textContent = fresh || note.trim() ? "Not saved yet" : "";
  }

  function drawWork(screen) {
    if (screen.article) return drawArticle(panelOf(screen), screen);
    if (screen.forms) return drawEvidence(panelOf(screen), screen);
    if (!screen.card) return screen.gate ? make("div", { class: "gate" },
      drawWaive(screen.gate, { id: id("heading"), tabindex: "-1" })) : "";
    return make("div", { class: "work" },
      make("article", { class: "card", tabindex: "0", "aria-labelledby": id("heading") }, drawCard(screen.card)),
      drawForm(screen));
  }

  function draw() {
    const screen = model.get("screen");
    onValues = () => {};
    if (screen.rater) {
      try { sessionStorage.setItem(REMEMBER, screen.rater); } catch { /* a browser that stores nothing */ }
    }
    const focused = root.contains(document.activeElement) ? document.activeElement.id : "";
    const scrolls = [[".variables", shown === place(screen)], [".card", screen.view === drawn]]
      .map(([part, stays]) => [part, (stays && root.querySelector(part)?.scrollTop) || 0]);
    drawn = screen.view;
    body.replaceChildren(...(screen.rater
      ? [drawHead(screen), drawFilters(screen), drawPlace(screen), drawWork(screen)].filter(Boolean) : [drawSignIn()]));
    const same = shown === place(screen);
    for (const [part, top] of scrolls) if (root.querySelector(part)) root.querySelector(part).scrollTop = top;
    if (screen.article && marks.seen !== marks.at) root.querySelector(`#${id(marks.at)}`)?.scrollIntoView({ block: "nearest" });
    marks.seen = marks.at;
    if (screen.card || screen.article || screen.forms) markUnsaved(screen);
    const target = (wantsHeading && !same && root.querySelector(`#${id("heading")}`)) ||
      (focused && root.querySelector(`#${CSS.escape(focused)}`));
    if (target) target.focus({ preventScroll: target.id !== id("heading") });
    shown = place(screen);
    wantsHeading = false;
  }

  // The kernel has answered.
  function hear() {
    const { said: [kind, text], saved, article } = model.get("screen");
    clearTimeout(waiting);
    const done = saved && saving;
    if (done && saving.does === "mark") drafts.get(saving.key).reason = "";
    else if (done && saving.does !== "withdraw") drafts.delete(saving.key);
    const entered = done && article;
    saving = null;
    draw();
    if (entered) root.querySelector(`#${id("sentences")}`)?.focus({ preventScroll: true });
    say(kind, text);
  }

  function say(kind, text) {
    const [here, there] = kind === "alert" ? [alert, status] : [status, alert];
    there.textContent = "";
    here.textContent = "";
    setTimeout(() => { here.textContent = text; }, 30); // said again even where the words are the same
  }

  model.on("change:screen", hear);
  draw();
  let remembered = null;
  try { remembered = sessionStorage.getItem(REMEMBER); } catch { /* a browser that stores nothing */ }
  if (!model.get("screen").rater && remembered) send({ do: "sign_in", rater: remembered });
  return () => model.off("change:screen", hear);
}

export default { render };
