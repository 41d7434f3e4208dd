// Rows of sounds; a click on a picture plays it, a second click stops it. All names only ever become text.
import { make, makeButton, makeSvg, widget } from "../common/dom.js";

const LONGEST = 12; // seconds of a file that are played at most

// Draw the lowest and highest samples of consecutive segments of a sound as one closed shape.
function outlineOf(extremes) {
  const upper = extremes.map(([, high], x) => `${x} ${-Math.max(high, 3)}`);
  const lower = extremes.map(([low], x) => `${x} ${-Math.min(low, -3)}`).reverse();
  const viewBox = `0 -130 ${Math.max(1, extremes.length - 1)} 260`;
  const path = makeSvg("path", { d: `M${[...upper, ...lower].join("L")}Z` });
  return makeSvg("svg", { viewBox, preserveAspectRatio: "none" }, path);
}

export default widget(({ model, el, onStop, follow }) => {
  const list = make("div", { className: "sda-tiles" });
  const turnBy = (pages) => send("turn", model.get("number") + pages);
  const back = makeButton("‹", () => turnBy(-1), { title: "Previous page" });
  const next = makeButton("›", () => turnBy(1), { title: "Next page" });
  const place = make("span", {});
  const turn = make("div", { className: "sda-tiles-pages" }, back, place, next);
  el.append(list, turn);
  let playing = null; // { key, timer }

  const send = (kind, value) => model.send({ kind, value });

  function mark() {
    for (const cell of list.querySelectorAll("button"))
      cell.setAttribute("aria-pressed", cell.dataset.key === playing?.key);
  }

  function rest() {
    clearTimeout(playing?.timer);
    playing = null;
    mark();
  }

  function play(cell) {
    const isSame = playing?.key === cell.key;
    rest();
    if (isSame) return send("stop");
    playing = { key: cell.key, timer: setTimeout(rest, 1000 * Math.min(cell.seconds, LONGEST) + 250) };
    mark();
    send("play", cell.key);
  }

  function cellOf(cell, title) {
    const label = `Play ${cell.label ? `${cell.label}: ` : ""}${title}`;
    const picture = cell.image ? make("img", { src: cell.image, alt: "", draggable: false }) : outlineOf(cell.outline);
    const button = makeButton(picture, () => play(cell), { className: "sda-tile", title: label, "aria-label": label });
    button.dataset.key = cell.key;
    if (cell.label) button.append(make("span", { className: "sda-tile-label" }, cell.label));
    return button;
  }

  function rowOf({ title, detail, tags, cells }) {
    const words = make("div", { className: "sda-tile-words" }, make("span", { className: "sda-tile-title", title }, title));
    words.append(make("span", { className: "sda-tile-detail" }, detail));
    for (const tag of tags) words.append(make("span", { className: "sda-tile-tag", title: tag }, tag));
    return make("div", { className: "sda-tile-row" }, ...cells.map((cell) => cellOf(cell, title)), words);
  }

  function paint() {
    list.replaceChildren(...model.get("rows").map(rowOf));
    const [number, pages] = [model.get("number"), model.get("pages")];
    turn.hidden = pages < 2;
    place.textContent = `${number + 1} of ${pages}`;
    back.disabled = number < 1;
    next.disabled = number > pages - 2;
    mark();
  }

  follow("rows number pages", paint);
  onStop(() => clearTimeout(playing?.timer));
});
