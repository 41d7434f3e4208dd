// Command search: a dialog in which typed words find acts. Python finds and runs them; names only ever become text.
import { keepKeys, make, makeButton, widget } from "../common/dom.js";
import { actOn, hint, isOurs, isTyping } from "../common/keys.js";

const BUILDING = 400; // ms in which the widgets of a place that is new appear

const own = () => `sda-commands-${Math.random().toString(36).slice(2)}`;

export default widget(({ model, el, on, onStop, follow }) => {
  const id = own();
  const field = make("input", {
    type: "text", role: "combobox", placeholder: "Type what you want to do", spellcheck: false, autocomplete: "off",
    "aria-label": "What you want to do", "aria-expanded": "true", "aria-controls": id,
  });
  const list = make("ul", { id, role: "listbox", "aria-label": "Commands" });
  const note = make("p", { className: "sda-commands-note", role: "status" });
  const dialog = make("dialog", { className: "sda-commands", "aria-label": "Find a command" }, field, list, note);
  const keys = model.get("keymap");
  const button = makeButton("Search", open, { title: hint(keys, "Find any act by words, and run it", "search_commands") });
  button.classList.add("sda-search-button");
  el.append(button, dialog);
  let chosen = 0;

  const rows = () => model.get("rows");
  const search = () => model.send({ kind: "search", typed: field.value });

  function open() {
    if (dialog.open) return;
    field.value = note.textContent = "";
    search();
    dialog.showModal();
    field.focus();
  }

  function choose(number) {
    const last = rows().length - 1;
    chosen = number < 0 ? last : number > last ? 0 : number;
    [...list.children].forEach((row, place) => row.setAttribute("aria-selected", place === chosen));
    list.children[chosen]?.scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", list.children[chosen]?.id ?? "");
    note.textContent = rows()[chosen]?.why ?? "No command has all these words.";
  }

  function run(row) {
    if (!row) return;
    note.textContent = row.why;
    note.classList.toggle("sda-wrong", Boolean(row.why));
    if (row.why) return;
    dialog.close(); // first: it gives the focus back, which a command may move on
    const runs = () => model.send({ kind: "run", name: row.name });
    if (isShown(row.place)) return runs();
    model.send({ kind: "show", name: row.name });
    whenShown(row.place, runs);
  }

  const isShown = (place) => !place || Boolean(el.closest(`.sda-at-${place}`));

  // A place is built when it is first shown; only then can a command move the focus into it.
  function whenShown(place, act, tries = 200) {
    if (isShown(place) || !tries) setTimeout(act, BUILDING);
    else setTimeout(() => whenShown(place, act, tries - 1), 50);
  }

  function rowOf(row, number) {
    const words = make("span", { className: "sda-command-words" }, row.words);
    const group = make("span", { className: "sda-command-group" }, row.group);
    const key = make("kbd", { hidden: !row.key }, row.key);
    const node = make("li", { id: `${id}-${number}`, role: "option", title: row.why }, words, group, key);
    node.setAttribute("aria-disabled", Boolean(row.why));
    node.addEventListener("click", () => {
      choose(number);
      run(row);
    });
    return node;
  }

  function paint() {
    list.replaceChildren(...rows().map(rowOf));
    note.classList.remove("sda-wrong");
    choose(0);
  }

  const acts = {
    previous: () => choose(chosen - 1),
    next: () => choose(chosen + 1),
    run: () => run(rows()[chosen]),
    close: () => dialog.close(),
  };
  const ask = (name) => () => void model.send({ kind: "run", name });
  const ofPage = { undo: ask("undo"), redo: ask("redo") };
  const toggle = { search_commands: () => (dialog.open ? dialog.close() : open()) };

  on(field, "input", search);
  on(dialog, "keydown", (event) => {
    actOn(model.get("list_keymap"), acts, event);
    event.stopPropagation(); // keys of the page rest while the dialog is open
  });
  on(dialog, "click", (event) => event.target === dialog && dialog.close()); // beside it
  // In the capture phase: fields for text keep their keys from what is around them.
  on(document, "keydown", (event) => isOurs(el, event) && actOn(keys, toggle, event), true);
  on(document, "keydown", (event) => isOurs(el, event) && !isTyping(event) && actOn(keys, ofPage, event));
  keepKeys(el, { on });
  follow("rows", paint);
  follow("has_button", () => (button.hidden = !model.get("has_button")));
  onStop(() => dialog.open && dialog.close());
});
