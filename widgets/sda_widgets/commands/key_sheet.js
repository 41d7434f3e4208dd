// Key sheet: the table of keys as a dialog.
import { keepKeys, make, makeButton, widget } from "../common/dom.js";
import { actOn, hint, isOurs, isTyping } from "../common/keys.js";

export default widget(({ model, el, on, onStop, follow }) => {
  const keys = model.get("keymap");
  const close = makeButton("Close", () => dialog.close(), { autofocus: true });
  const steps = makeButton("Show the first steps", () => {
    dialog.close();
    model.send({ kind: "first_steps" });
  });
  const head = make("header", {}, make("h2", {}, "Keys"), steps, close);
  const columns = make("div", { className: "sda-keys-places", tabIndex: 0 });
  const dialog = make("dialog", { className: "sda-keys", "aria-label": "Keys" }, head, columns);
  const button = makeButton("?", open, { title: hint(keys, "Show all keys", "show_keys"), "aria-label": "Show all keys" });
  button.classList.add("sda-small");
  el.append(button, dialog);

  function open() {
    if (!dialog.open) dialog.showModal();
  }

  const lineOf = ([label, words]) => make("div", {}, make("dt", {}, make("kbd", {}, label)), make("dd", {}, words));

  function sectionOf({ title, lines }) {
    return make("section", {}, make("h3", {}, title), make("dl", {}, ...lines.map(lineOf)));
  }

  function paint() {
    const pointer = make("section", {}, make("h3", {}, "Pointer in the code grid"), make("p", {}, model.get("pointer")));
    columns.replaceChildren(...model.get("places").map(sectionOf), pointer);
  }

  on(dialog, "keydown", (event) => {
    actOn(keys, { show_keys: () => dialog.close() }, event);
    event.stopPropagation(); // keys of the page rest while the dialog is open
  });
  on(dialog, "click", (event) => event.target === dialog && dialog.close()); // beside it
  on(document, "keydown", (event) => isOurs(el, event) && !isTyping(event) && actOn(keys, { show_keys: open }, event));
  on(model, "msg:custom", ({ kind }) => kind === "show" && open());
  keepKeys(el, { on });
  follow("places pointer", paint);
  follow("has_steps", () => (steps.hidden = !model.get("has_steps")));
  follow("has_button", () => (button.hidden = !model.get("has_button")));
  onStop(() => dialog.open && dialog.close());
});
