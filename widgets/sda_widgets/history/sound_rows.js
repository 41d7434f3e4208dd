// Rows of the history; a click on a picture plays it, a click on a row chooses it. All names only ever become text.
import { keepKeys, make, makeButton, widget } from "../common/dom.js";
import { actOn, spoken } from "../common/keys.js";

const LONGEST = 600; // seconds after which a sound counts as ended at the latest

export default widget(({ model, el, on, onStop, follow }) => {
  const list = make("div", {
    className: "sda-made", role: "listbox", tabIndex: 0, title: spoken(model.get("keymap")),
    "aria-label": "Sounds made", "aria-multiselectable": "true",
  });
  const back = makeButton("‹", () => turnBy(-1), { title: "Newer sounds", "aria-label": "Newer sounds" });
  const next = makeButton("›", () => turnBy(1), { title: "Older sounds", "aria-label": "Older sounds" });
  const place = make("span", {});
  const pages = make("div", { className: "sda-made-pages" }, back, place, next);
  el.append(list, pages);
  let playing = null; // { number, timer }
  let anchor = 0; // number of the row from which Shift chooses
  let cursor = 0; // number of the row that keys act on

  const send = (kind, value) => model.send({ kind, value });
  const turnBy = (count) => send("turn", model.get("number") + count);
  const numbers = () => model.get("rows").map((row) => row.number);

  function mark() {
    const chosen = new Set(model.get("chosen"));
    for (const node of list.children) {
      const number = Number(node.dataset.number);
      node.setAttribute("aria-selected", chosen.has(number));
      node.classList.toggle("sda-made-cursor", number === cursor);
      node.querySelector(".sda-made-picture").setAttribute("aria-pressed", number === playing?.number);
    }
    list.setAttribute("aria-activedescendant", chosen.has(cursor) ? idOf(cursor) : "");
  }

  const idOf = (number) => `sda-made-${model.model_id ?? "row"}-${number}`;

  function rest() {
    clearTimeout(playing?.timer);
    playing = null;
    mark();
  }

  function play({ number, seconds }) {
    const isSame = playing?.number === number;
    rest();
    if (isSame) return send("stop", null);
    playing = { number, timer: setTimeout(rest, 1000 * Math.min(seconds, LONGEST) + 250) };
    mark();
    send("play", number);
  }

  // Choose a row; with Shift those from the anchor to it, with Control it besides the others.
  function choose(number, { shiftKey, ctrlKey, metaKey }) {
    const all = numbers();
    const before = model.get("chosen");
    let chosen = [number];
    if (shiftKey && all.includes(anchor)) {
      const [first, last] = [all.indexOf(anchor), all.indexOf(number)].sort((one, other) => one - other);
      chosen = all.slice(first, last + 1);
    } else if (ctrlKey || metaKey) {
      chosen = before.includes(number) ? before.filter((one) => one !== number) : all.filter((one) => one === number || before.includes(one));
    }
    if (!shiftKey) anchor = number;
    cursor = number;
    setChosen(chosen);
  }

  function setChosen(chosen) {
    model.set("chosen", chosen);
    mark();
    send("choose", chosen);
  }

  function rowOf(row) {
    const label = `Play ${row.title}`;
    const inside = row.image ? make("img", { src: row.image, alt: "", draggable: false }) : "▶";
    const picture = makeButton(inside, () => play(row), { className: "sda-made-picture", title: label, "aria-label": label, tabIndex: -1 });
    const starLabel = `${row.starred ? "Unstar" : "Star"} ${row.title}`;
    const star = makeButton(row.starred ? "★" : "☆", () => send("star", row.number), {
      className: "sda-made-star", title: starLabel, "aria-label": starLabel, tabIndex: -1,
    });
    star.setAttribute("aria-pressed", row.starred);
    const words = make("div", { className: "sda-made-words" }, make("span", { className: "sda-made-title", title: row.title }, row.title));
    words.append(make("span", { className: "sda-made-detail" }, row.detail));
    if (row.note) words.append(make("span", { className: "sda-made-note", title: row.note }, row.note));
    const node = make("div", { className: "sda-made-row", role: "option", id: idOf(row.number) }, picture, words, star);
    node.dataset.number = row.number;
    node.addEventListener("click", (event) => event.target.closest("button") || choose(row.number, event));
    node.addEventListener("dblclick", (event) => event.target.closest("button") || send("restore", row.number));
    return node;
  }

  function paint() {
    list.replaceChildren(...model.get("rows").map(rowOf));
    const [number, count] = [model.get("number"), model.get("pages")];
    pages.hidden = count < 2;
    place.textContent = `${number + 1} of ${count}`;
    back.disabled = number < 1;
    next.disabled = number > count - 2;
    mark();
  }

  function move(by, event) {
    const all = numbers();
    const at = all.indexOf(cursor);
    const to = at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by;
    if (to < 0 || to >= all.length) return;
    choose(all[to], { shiftKey: event.shiftKey });
    list.children[to].scrollIntoView({ block: "nearest" });
  }

  const rowAtCursor = () => model.get("rows").find((row) => row.number === cursor);
  const acts = {
    next: (event) => move(1, event),
    previous: (event) => move(-1, event),
    older: () => next.disabled || turnBy(1),
    newer: () => back.disabled || turnBy(-1),
    "history.play": () => rowAtCursor() && play(rowAtCursor()),
    "history.restore": () => rowAtCursor() && send("restore", cursor),
    "history.star": () => rowAtCursor() && send("star", cursor),
    "history.delete": () => model.get("chosen").length && send("delete", model.get("chosen")),
    choose_all: () => setChosen(numbers()),
  };

  on(list, "keydown", (event) => actOn(model.get("keymap"), acts, event));
  keepKeys(el, { on });
  follow("rows number pages", paint);
  follow("chosen", mark);
  onStop(() => clearTimeout(playing?.timer));
});
