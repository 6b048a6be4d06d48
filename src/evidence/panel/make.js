// What the panel's other two files make pages of. Every word from a table goes into the page as text, never as HTML.

const TAKES_KEYS = "button, input, select, textarea, summary, a, [tabindex]";

function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  if (node.matches(TAKES_KEYS)) node.setAttribute("data-lm-suppress-shortcuts", "true"); // JupyterLab takes keys else
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

// One field of a form, as evidence.panel.forms describes it; `change` gets what is typed or chosen.
function makeField(field, value, key, change) {
  const about = `${key}-about`;
  const common = { id: key, "aria-describedby": about, "aria-required": field.required ? "true" : null };
  if (field.kind === "list") return makeTicks(field, value, key, change);
  const found = (chosen) => field.options.find((option) => option.value === chosen);
  const chosen = make("p", { class: "hint" });
  const tell = (now) => { chosen.textContent = (field.kind === "words" ? found(now)?.definition : found(now)?.label) || ""; };
  const listen = (event) => { change(event.target.value); tell(event.target.value); };
  let input;
  if (field.kind === "words") {
    input = make("select", { ...common, onchange: listen }, make("option", { value: "" }, ""),
      field.options.map((option) => make("option", { value: option.value }, option.label)));
  } else if (field.kind === "long") {
    input = make("textarea", { ...common, rows: 1, oninput: listen });
  } else {
    input = make("input", { ...common, type: field.kind === "row" ? "search" : "text", autocomplete: "off",
      list: field.kind === "row" ? `${key}-list` : null, oninput: listen });
  }
  input.value = value;
  tell(value);
  return make("div", { class: "field" },
    make("label", { for: key }, field.label, field.required ? make("span", { class: "needed" }, " needed") : null), input,
    field.kind === "row" ? make("datalist", { id: `${key}-list` },
      field.options.map((option) => make("option", { value: option.value }, option.label))) : null,
    field.options.length ? chosen : null,
    make("p", { class: "hint definition", id: about }, field.description));
}

function makeTicks(field, value, key, change) {
  const ticked = new Set(value.split(";").filter(Boolean));
  const boxes = field.options.map((option) => {
    const box = make("input", { type: "checkbox", id: `${key}-${option.value}`, "aria-describedby": `${key}-${option.value}-text`,
      onchange: () => {
        if (box.checked) ticked.add(option.value); else ticked.delete(option.value);
        change(field.options.map((one) => one.value).filter((one) => ticked.has(one)).join(";"));
      } });
    box.checked = ticked.has(option.value);
    return make("div", { class: "tick" }, box, make("label", { for: box.id }, option.label),
      make("span", { class: "hint definition", id: `${key}-${option.value}-text` }, option.definition));
  });
  return make("details", { class: "field", id: key, open: ticked.size > 0 },
    make("summary", {}, `${field.label}: ${field.description}`),
    make("div", { role: "group", "aria-label": field.label, class: "ticks" }, boxes));
}
