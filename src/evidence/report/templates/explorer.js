"use strict";
(() => {
  const sections = [...document.querySelectorAll("section.explorer")].map(explore);

  function explore(section) {
    const form = section.querySelector("form");
    const count = section.querySelector("[role=status]");
    const opener = form.querySelector("[data-open]");
    const list = section.querySelector(".cards");
    const fold = section.querySelector(".list");
    const more = section.querySelector(".more");
    const cards = [...list.children];
    const places = new Map(cards.map((card, place) => [card, place]));
    const texts = new Map();
    let order = "";
    let waiting = 0;
    const step = Number(fold.dataset.step); // cards shown at a time
    let most = step;

    function read(card) {
      if (!texts.has(card)) texts.set(card, card.textContent.toLowerCase());
      return texts.get(card);
    }

    function fits(card, chosen, words) {
      return chosen.every(([name, value]) => (card.dataset[name] || "none") === value)
        && words.every((word) => read(card).includes(word));
    }

    function limit() {
      const fit = [...list.children].filter((card) => !card.hidden);
      fit.forEach((card, place) => card.classList.toggle("later", place >= most));
      const rest = fit.length - most;
      more.hidden = rest <= 0;
      more.querySelector("[data-more]").textContent = `Show ${Math.min(rest, step)} more`;
      more.querySelector("[data-all]").textContent = `Show all ${fit.length}`;
    }

    function grow(to) {
      const next = list.querySelector(".later:not([hidden])");
      most = to;
      limit();
      next.tabIndex = -1;
      next.focus({ preventScroll: true });
    }

    function apply(said = "") {
      const state = [...new FormData(form)].filter(([, value]) => value.trim());
      const chosen = state.filter(([name]) => name !== "q" && name !== "sort");
      const words = form.q.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const card of cards) {
        card.hidden = !fits(card, chosen, words);
        shown += card.hidden ? 0 : 1;
      }
      sort(form.sort.selectedOptions[0]);
      most = step;
      limit();
      const none = shown ? "" : " Nothing fits; reset, or choose less.";
      count.textContent = `${said}${shown} of ${cards.length} ${count.dataset.noun}.${none}`;
      return new URLSearchParams(state).toString();
    }

    function sort(option) {
      if (option.value === order) return;
      order = option.value;
      const rank = makeRank(order, option.dataset.order);
      const sorted = order ? [...cards].sort((a, b) => rank(a, b) || places.get(a) - places.get(b)) : cards;
      list.append(...sorted);
    }

    function clear(alsoOrder = true) {
      form.q.value = "";
      for (const select of form.querySelectorAll("select")) {
        if (alsoOrder || select !== form.sort) select.selectedIndex = 0;
      }
    }

    function change() {
      const query = apply();
      const address = query ? `#${section.id}?${query}` : `#${section.id}`;
      try { history.replaceState(null, "", address); } catch { /* some viewers of attachments forbid it */ }
    }

    form.hidden = false;
    fold.open = true;
    fold.querySelector("summary").hidden = true;
    more.querySelector("[data-more]").addEventListener("click", () => grow(most + step));
    more.querySelector("[data-all]").addEventListener("click", () => grow(Infinity));
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("change", change);
    form.addEventListener("input", (event) => {
      if (event.target !== form.q) return;
      clearTimeout(waiting);
      waiting = setTimeout(change, 150);
    });
    form.querySelector("[data-reset]").addEventListener("click", () => {
      clear();
      change();
    });
    opener.addEventListener("click", () => {
      const open = opener.getAttribute("aria-pressed") !== "true";
      opener.setAttribute("aria-pressed", String(open));
      for (const card of cards) {
        if (!card.hidden || !open) card.querySelector("details").open = open;
      }
    });
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
        if (card.classList.contains("later")) {
          most = step * Math.ceil(([...list.children].filter((one) => !one.hidden).indexOf(card) + 1) / step);
          limit();
        }
      },
    };
  }

  function makeRank(name, order) {
    const words = order ? order.split(" ") : [];
    if (order === "down") return (a, b) => number(b, name) - number(a, name);
    if (words.length) return (a, b) => place(words, a, name) - place(words, b, name);
    return (a, b) => text(a, name).localeCompare(text(b, name), "en", { numeric: true });
  }

  function number(card, name) {
    const value = parseFloat(card.dataset[name]);
    return Number.isNaN(value) ? -1e9 : value;
  }

  function place(words, card, name) {
    const found = words.indexOf(card.dataset[name]);
    return found < 0 ? words.length : found;
  }

  function text(card, name) {
    const value = card.dataset[name] || "none";
    return value === "none" ? "\uffff" : value;
  }

  function follow() {
    let address = location.hash.slice(1);
    try { address = decodeURIComponent(address.split("?")[0]) + address.slice(address.split("?")[0].length); } catch { return; }
    const [id, query] = address.split(/\?(.*)/s);
    const target = id && document.getElementById(id);
    if (!target) return;
    const explorer = sections.find(({ section }) => section.contains(target));
    if (!explorer) {
      const closed = target.closest("details:not([open])") || target.querySelector(":scope > details:not([open])");
      if (closed) closed.open = true;
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

  const contents = document.querySelector("nav details");
  if (matchMedia("(max-width: 63.99rem)").matches) contents.open = false;
  addEventListener("hashchange", follow);
  follow();
})();
