// List of a folder on this machine: type to filter, double-click to open. Names come from files, so they only ever
// become text, never markup.
import { keepKeys, make, makeButton, setTrait, widget } from "../common/dom.js";
import { actOn } from "../common/keys.js";

const SHOWN = 300; // rows shown; typing finds the others

const looksLikePath = (text) => /[/\\]|^~/.test(text);

// The lines that match the typed text; a path matches all of them.
function matching(lines, typed) {
  const wanted = looksLikePath(typed) ? "" : typed.toLowerCase();
  return lines.filter(([name]) => name.toLowerCase().includes(wanted));
}

function rowOf([name, folder, detail], id) {
  const mark = make("span", { className: "sda-mark", "aria-hidden": "true" }, folder ? "▸" : "♪");
  const parts = [mark, make("span", { className: "sda-name" }, name), make("span", { className: "sda-detail" }, detail)];
  return make("li", { id, title: name, role: "option", "aria-selected": "false" }, ...parts);
}

export default widget(({ model, el, on, follow }) => {
  const own = `sda-picker-${Math.random().toString(36).slice(2)}`;
  const typed = make("input", {
    type: "text", placeholder: model.get("prompt"), spellcheck: false, autocomplete: "off",
    title: "Filters this folder by name; a full path opens any file", "aria-label": "Name or path of a sound",
  });
  const open = makeButton("Open", act);
  const up = makeButton("↑", () => goUp(), { title: "Parent folder", className: "jupyter-button sda-up" });
  const breadcrumb = make("span", { className: "sda-breadcrumb" });
  const list = make("ul", { role: "listbox", tabIndex: 0, "aria-label": "Folders and sounds" });
  const note = make("p", { className: "sda-quiet", role: "status" });
  const root = make(
    "div", { className: "sda-picker" },
    make("div", { className: "sda-row" }, typed, open), make("div", { className: "sda-row" }, up, breadcrumb), list, note,
  );
  keepKeys(root, { on });
  el.append(root);
  let rows = []; // the lines shown
  let chosen = -1;

  const goUp = () => model.send({ kind: "up" });

  function choose(number) {
    list.children[chosen]?.setAttribute("aria-selected", "false");
    chosen = Math.min(Math.max(number, -1), rows.length - 1);
    const row = list.children[chosen];
    row?.setAttribute("aria-selected", "true");
    row?.scrollIntoView({ block: "nearest" });
    list.setAttribute("aria-activedescendant", row?.id ?? "");
    enable();
  }

  // The target of Open: the chosen line, or the only line that matches, or the typed text.
  function wanted() {
    const text = typed.value.trim();
    const line = rows[chosen] ?? (text && !looksLikePath(text) && rows.length === 1 ? rows[0] : null);
    if (line) return { message: { kind: "open", name: line[0] }, folder: line[1] };
    return text ? { message: { kind: "type", text }, folder: false } : null;
  }

  function act() {
    const found = wanted();
    if (found && !open.disabled) model.send(found.message);
  }

  function enable() {
    const found = wanted();
    open.disabled = !found || !(found.folder || model.get("ready"));
  }

  function describe(found) {
    const left = found.length - rows.length + model.get("hidden_lines");
    const nothing = model.get("lines").length ? "No name here matches." : "No sounds in this folder.";
    const counted = left > 0 ? `${left} more; type part of a name to find them.` : "";
    note.textContent = model.get("error") || counted || (rows.length ? "" : nothing);
    note.classList.toggle("sda-wrong", Boolean(model.get("error")));
  }

  function paint() {
    const found = matching(model.get("lines"), typed.value.trim());
    rows = found.slice(0, SHOWN);
    list.replaceChildren(...rows.map((line, number) => rowOf(line, `${own}-${number}`)));
    chosen = -1;
    const labels = model.get("breadcrumb");
    breadcrumb.textContent = breadcrumb.title = labels.length ? labels.join(" / ") : "Places";
    up.disabled = !labels.length;
    describe(found);
    enable();
  }

  function entered() {
    typed.value = "";
    list.scrollTop = 0;
    paint();
  }

  const numberOf = (event) => [...list.children].indexOf(event.target.closest("li"));
  const acts = {
    next: () => choose(chosen + 1), previous: () => choose(Math.max(chosen - 1, 0)), first: () => choose(0),
    last: () => choose(rows.length - 1), open: act, parent: () => up.disabled || goUp(),
  };
  on(list, "click", (event) => choose(numberOf(event)));
  on(list, "dblclick", (event) => numberOf(event) >= 0 && act());
  on(list, "keydown", (event) => actOn(model.get("keymap"), acts, event));
  on(typed, "input", () => {
    setTrait(model, "error", ""); // it referred to the previous act
    paint();
  });
  on(typed, "keydown", (event) => {
    if (event.key === "Enter") act();
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    list.focus();
    choose(0);
  });
  on(model, "msg:custom", (message) => message.do === "focus" && typed.focus());
  on(model, "change:breadcrumb", entered);
  follow("lines hidden_lines error", paint);
  on(model, "change:ready", enable);
});
