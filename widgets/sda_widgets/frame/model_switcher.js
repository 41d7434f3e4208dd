// The open model as a button, and a list of all with a search. Arrow keys choose in the list while one types.
import { consume, make, makeButton, post, widget } from "../common/dom.js";
import { keyOf } from "../common/keys.js";

let count = 0; // of lists, for their ids

export default widget(({ model, el, on, follow }) => {
  const id = `sda-models-${(count += 1)}-${Math.random().toString(36).slice(2)}`;
  const name = make("span", { className: "sda-switcher-name" });
  const button = makeButton(name, () => toggle(), {
    className: "jupyter-button sda-switcher-button", title: "Open another model", "aria-haspopup": "listbox", "aria-expanded": "false",
  });
  const search = make("input", {
    type: "text", placeholder: "Search models", role: "combobox", "aria-label": "Search models", "aria-controls": id, "aria-expanded": "true",
    autocomplete: "off", spellcheck: false,
  });
  const list = make("ul", { id, role: "listbox", "aria-label": "Models" });
  const nothing = make("p", { className: "sda-quiet", role: "status" });
  const panel = make("div", { className: "sda-switcher-list", hidden: true }, search, list, nothing);
  el.classList.add("sda-switcher");
  el.append(button, panel);
  let at = 0; // the marked row

  const wanted = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    return model.get("models").filter((one) => words.every((word) => one.words.includes(word)));
  };

  function paint() {
    name.textContent = model.get("title");
    const rows = wanted();
    at = Math.max(0, Math.min(at, rows.length - 1));
    list.replaceChildren(...rows.map(rowOf));
    list.hidden = !rows.length;
    nothing.textContent = rows.length ? "" : model.get("models").length ? "No model fits." : "Models that you train are listed here.";
    if (rows.length) search.setAttribute("aria-activedescendant", `${id}-${at}`);
    else search.removeAttribute("aria-activedescendant");
    list.children[at]?.scrollIntoView({ block: "nearest" });
  }

  function rowOf({ path, name: title, detail }, number) {
    const isOpen = path === model.get("opened");
    const row = make("li", { id: `${id}-${number}`, role: "option", className: number === at ? "sda-marked" : "" },
      make("span", { className: "sda-name" }, title), make("span", { className: "sda-detail" }, isOpen ? "open" : detail));
    row.setAttribute("aria-selected", isOpen);
    row.addEventListener("click", () => choose(path));
    return row;
  }

  function toggle(isOpen = panel.hidden) {
    panel.hidden = !isOpen;
    button.setAttribute("aria-expanded", isOpen);
    if (!isOpen) return;
    post(model, { kind: "refresh" });
    search.value = "";
    at = Math.max(0, wanted().findIndex(({ path }) => path === model.get("opened")));
    paint();
    search.focus();
  }

  function choose(path) {
    toggle(false);
    button.focus();
    if (path !== model.get("opened")) post(model, { kind: "open", path });
  }

  on(search, "input", () => {
    at = 0;
    paint();
  });
  on(panel, "keydown", (event) => {
    const rows = wanted();
    const act = keyOf(model.get("keymap"), event)?.act;
    const step = { next: 1, previous: -1 }[act];
    if (step) at = (at + step + rows.length) % Math.max(rows.length, 1);
    else if (act === "open" && rows[at]) choose(rows[at].path);
    else if (act === "close") {
      toggle(false);
      button.focus();
    } else return;
    consume(event);
    if (step) paint();
  });
  on(document, "pointerdown", ({ target }) => !panel.hidden && !el.contains(target) && toggle(false));
  on(el, "focusout", ({ relatedTarget }) => relatedTarget && !el.contains(relatedTarget) && toggle(false));
  follow("models opened title", paint);
});
