"use strict";
(() => {
  const collator = new Intl.Collator("en", { numeric: true });
  const sections = [...document.querySelectorAll("section.explorer")].map(explore);

  // A section's form filters, searches and sorts its cards; its list shows the first `most` of those that fit.
  function explore(section) {
    const form = section.querySelector("form");
    const count = section.querySelector("[role=status]");
    const opener = form.querySelector("[data-open]");
    const list = section.querySelector(".cards");
    const fold = section.querySelector(".list");
    const more = section.querySelector(".more");
    const selects = [...form.querySelectorAll("select:not([name=sort])")];
    const cards = [...list.children];
    const texts = new Map();
    const marks = new Map();
    const step = Number(fold.dataset.step); // cards shown at a time
    let most = step;
    let sorted = cards;
    let order = "";
    let fit = cards;
    let waiting = 0;

    // What a card is found by: its words and codes, and the headings of the cards that it links to.
    function read(card) {
      if (!texts.has(card)) {
        const linked = [...card.querySelectorAll("a[href^='#']")].map((link) => readHeading(link.getAttribute("href")));
        texts.set(card, simplify([card.textContent, ...Object.values(card.dataset), ...new Set(linked)].join(" ")));
      }
      return texts.get(card);
    }

    // What each filter finds on a card: a list of words.
    function readWords(card) {
      if (!marks.has(card)) marks.set(card, selects.map((one) => listWords(card, one.name)));
      return marks.get(card);
    }

    function apply(said = "") {
      const state = [form.q, form.sort, ...selects].map((one) => [one.name, one.value]).filter(([, value]) => value.trim());
      const chosen = selects.map((one) => one.value);
      const terms = parse(form.q.value);
      sort(form.sort.selectedOptions[0]);
      const found = terms.length ? sorted.filter((card) => terms.every((term) => holds(read(card), term))) : sorted;
      fit = found.filter((card) => chosen.every((word, place) => !word || readWords(card)[place].includes(word)));
      offer(found, chosen);
      const fitting = new Set(fit);
      for (const card of cards) {
        if (card.hidden === fitting.has(card)) card.hidden = !card.hidden;
      }
      limit(step);
      const none = fit.length ? "" : " Nothing fits; reset, or choose less.";
      count.textContent = `${said}${fit.length} of ${cards.length} ${count.dataset.noun}.${none}`;
      return new URLSearchParams(state).toString();
    }

    // Each choice says how many of the found cards fit it beside what the other filters hold; one with none waits.
    function offer(found, chosen) {
      const numbers = selects.map(() => new Map());
      for (const card of found) {
        const words = readWords(card);
        const misses = chosen.reduce((places, word, place) => (word && !words[place].includes(word) ? [...places, place] : places), []);
        if (misses.length > 1) continue;
        for (const place of misses.length ? misses : numbers.keys()) {
          for (const word of words[place]) numbers[place].set(word, (numbers[place].get(word) ?? 0) + 1);
        }
      }
      selects.forEach((select, place) => {
        for (const option of [...select.options].slice(1)) {
          const n = numbers[place].get(option.value) ?? 0;
          const text = option.text.replace(/\(\d+\)$/, `(${n})`);
          if (option.text !== text) option.text = text;
          option.disabled = !n && !option.selected;
        }
      });
    }

    function limit(to) {
      most = to;
      fit.forEach((card, place) => card.classList.toggle("later", place >= most));
      const rest = fit.length - most;
      more.hidden = rest <= 0;
      more.querySelector("[data-more]").textContent = `Show ${Math.min(rest, step)} more`;
      more.querySelector("[data-all]").textContent = `Show all ${fit.length}`;
    }

    function grow(to) {
      const next = fit[most];
      limit(to);
      next.tabIndex = -1;
      next.focus({ preventScroll: true });
    }

    function sort(option) {
      if (option.value === order) return;
      order = option.value;
      const keys = new Map(cards.map((card) => [card, makeKey(card, order, option.dataset.order)]));
      sorted = order ? [...cards].sort((a, b) => collator.compare(keys.get(a), keys.get(b))) : cards;
      for (const card of sorted) list.append(card);
    }

    function clear(alsoOrder = true) {
      form.q.value = "";
      for (const select of alsoOrder ? [...selects, form.sort] : selects) select.selectedIndex = 0;
    }

    function change() {
      const query = apply();
      const address = query ? `#${section.id}?${query}` : `#${section.id}`;
      try { history.replaceState(null, "", address); } catch { /* some viewers of attachments forbid it */ }
    }

    // The rows that fit, each filter a column with its labels, then the card's texts and its first link to the web.
    function download() {
      const texts = [["Text", "h3"], ["Quote", "q"], ["Evidence", ".plain, .sentence"]]
        .filter(([, where]) => list.querySelector(where));
      const names = selects.map((one) => one.parentElement.firstChild.data.trim());
      const head = ["Id", ...names, ...texts.map(([name]) => name), "Address"];
      const rows = fit.map((card) => [
        card.id,
        ...selects.map((one) => [...one.options].slice(1).filter((option) => listWords(card, one.name).includes(option.value))
          .map((option) => option.title || option.text.replace(/ \(\d+\)$/, "")).join("; ")),
        ...texts.map(([, where]) => card.querySelector(where).textContent),
        card.querySelector(":scope > p a[href^=http]")?.href ?? "",
      ]);
      const text = [head, ...rows].map((row) => `${row.map(quote).join(",")}\r\n`).join("");
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv" }));
      link.download = `${count.dataset.noun}-chosen.csv`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    }

    form.hidden = false;
    fold.open = true;
    fold.querySelector("summary").hidden = true;
    more.querySelector("[data-more]").addEventListener("click", () => grow(most + step));
    more.querySelector("[data-all]").addEventListener("click", () => grow(Infinity));
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", (event) => {
      clearTimeout(waiting);
      if (event.target === form.q) waiting = setTimeout(change, 150);
      else change();
    });
    form.querySelector("[data-reset]").addEventListener("click", () => {
      clear();
      change();
    });
    form.querySelector("[data-download]").addEventListener("click", download);
    opener.addEventListener("click", () => {
      const open = opener.getAttribute("aria-pressed") !== "true";
      opener.setAttribute("aria-pressed", String(open));
      for (const card of open ? fit : cards) card.querySelector("details").open = open;
    });
    list.addEventListener("toggle", (event) => offerCopies(event.target.closest(".card")), true);
    apply();

    return {
      section,
      restore(query) {
        clear();
        for (const [name, value] of new URLSearchParams(query)) {
          if (form.elements[name] && "value" in form.elements[name]) form.elements[name].value = value;
        }
        for (const select of form.querySelectorAll("select")) {
          if (select.selectedIndex < 0) select.selectedIndex = 0;
        }
        apply();
        form.scrollIntoView();
      },
      show(card) {
        if (card.hidden) {
          clear(false);
          apply(`Filters lifted to show ${card.id}. `);
        }
        if (card.classList.contains("later")) limit(step * Math.ceil((fit.indexOf(card) + 1) / step));
      },
    };
  }

  // Words to look for: each alone, those in quotes together.
  function parse(query) {
    return [...simplify(query).matchAll(/"([^"]*)"?|[^\s"]+/g)].map(([word, phrase]) => (phrase ?? word).trim());
  }

  function simplify(text) {
    return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase()
      .replace(/[“”„«»]/g, '"').replace(/[‘’]/g, "'").replace(/\s+/g, " ");
  }

  function holds(text, term) {
    return text.includes(term) || (term.includes("_") && text.includes(term.replaceAll("_", " ")));
  }

  function listWords(card, name) {
    return (card.dataset[name] || "none").split(" ");
  }

  function readHeading(address) {
    return document.getElementById(address.slice(1))?.querySelector("h3")?.textContent ?? "";
  }

  // A cell that a spreadsheet would take for a formula becomes text.
  function quote(cell) {
    const formula = /^\s*[=+\-@]/.test(cell) && !/^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(cell);
    return `"${(formula ? `'${cell}` : cell).replaceAll('"', '""')}"`;
  }

  // What a card is sorted by: its place in a list of words, its number (the largest first), or its text.
  function makeKey(card, name, order) {
    const value = name === "id" ? card.id : card.dataset[name];
    if (!order) return value ?? "\uffff";
    if (order === "down") return value === undefined ? 1e13 : 1e12 - value;
    const words = order.split(" ");
    return words.includes(value) ? words.indexOf(value) : words.length;
  }

  function offerCopies(card) {
    const inside = card.querySelector("details");
    if (inside.querySelector(".copies")) return;
    const said = document.createElement("output");
    const buttons = [["Copy link", writeAddress], ["Copy citation", writeCitation]].map(([name, write]) => {
      const button = document.createElement("button");
      button.textContent = name;
      button.addEventListener("click", async () => {
        const text = write(card);
        said.textContent = await copy(text) ? "Copied" : text; // to be copied by hand
        button.focus();
      });
      return button;
    });
    const line = document.createElement("p");
    line.className = "buttons copies";
    line.append(...buttons, said);
    inside.append(line);
  }

  function writeAddress(card) {
    return `${location.href.split("#")[0]}#${card.id}`;
  }

  function writeCitation(card) {
    const level = card.querySelector(":scope > .meta .level")?.textContent;
    const cited = document.getElementById("Cite")?.lastChild.textContent.trim() ?? `${document.title}.`;
    const where = location.protocol === "file:" ? "" : ` ${writeAddress(card)}`; // a path of one's own disk helps nobody
    return `${card.querySelector("h3").textContent} [${[card.id, level].filter(Boolean).join(", ")}]. In: ${cited}${where}`;
  }

  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch { /* not allowed here, or not there */ }
    const field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    return copied;
  }

  function follow() {
    let address = location.hash.slice(1);
    try { address = decodeURIComponent(address.split("?")[0]) + address.slice(address.split("?")[0].length); } catch { return; }
    const [id, query] = address.split(/\?(.*)/s);
    const target = id && document.getElementById(id);
    if (!target) return;
    const explorer = sections.find(({ section }) => section.contains(target));
    if (!explorer) {
      const around = [...document.querySelectorAll("details:not([open])")];
      const closed = around.filter((one) => one.contains(target) || one.parentElement === target);
      for (const one of closed) one.open = true;
      if (closed.length) settle(target, 6);
      return;
    }
    if (query !== undefined && target === explorer.section) {
      explorer.restore(query);
      return;
    }
    const card = target.closest(".card");
    if (card) {
      explorer.show(card);
      card.querySelector("details").open = true;
      card.tabIndex = -1;
      card.focus({ preventScroll: true });
    }
    settle(target, 6);
  }

  // More than once: cards above a target take their own height only when they come near.
  function settle(target, frames) {
    target.scrollIntoView();
    if (frames) requestAnimationFrame(() => settle(target, frames - 1));
  }

  addEventListener("hashchange", follow);
  follow();
})();
