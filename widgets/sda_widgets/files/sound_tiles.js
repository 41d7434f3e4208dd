// Rows of sounds; a click on a picture plays it, a second click stops it. All names only ever become text.

const SVG = "http://www.w3.org/2000/svg";
const HEARD = 12; // seconds of a file that are played at most

// Draw the lowest and highest samples of consecutive segments of a sound as one closed shape.
function outlineOf(extremes) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 -130 ${Math.max(1, extremes.length - 1)} 260`);
  svg.setAttribute("preserveAspectRatio", "none");
  const path = document.createElementNS(SVG, "path");
  const upper = extremes.map(([, high], x) => `${x} ${-Math.max(high, 3)}`);
  const lower = extremes.map(([low], x) => `${x} ${-Math.min(low, -3)}`).reverse();
  path.setAttribute("d", `M${[...upper, ...lower].join("L")}Z`);
  svg.append(path);
  return svg;
}

function render({ model, el }) {
  const list = make("div", { className: "sda-tiles" });
  const back = make("button", { className: "jupyter-button", type: "button", title: "The sounds before" }, "‹");
  const on = make("button", { className: "jupyter-button", type: "button", title: "The next sounds" }, "›");
  const where = make("span", {});
  const turn = make("div", { className: "sda-tiles-pages" }, back, where, on);
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
    const same = playing?.key === cell.key;
    rest();
    if (same) return send("stop");
    playing = { key: cell.key, timer: setTimeout(rest, 1000 * Math.min(cell.seconds, HEARD) + 250) };
    mark();
    send("play", cell.key);
  }

  function cellOf(cell, title) {
    const says = `Play ${cell.label ? `${cell.label}: ` : ""}${title}`;
    const shown = cell.image ? make("img", { src: cell.image, alt: "", draggable: false }) : outlineOf(cell.outline);
    const button = make("button", { type: "button", className: "sda-tile", title: says, "aria-label": says }, shown);
    button.dataset.key = cell.key;
    if (cell.label) button.append(make("span", { className: "sda-tile-label" }, cell.label));
    button.addEventListener("click", () => play(cell));
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
    where.textContent = `${number + 1} of ${pages}`;
    back.disabled = number < 1;
    on.disabled = number > pages - 2;
    mark();
  }

  back.addEventListener("click", () => send("turn", model.get("number") - 1));
  on.addEventListener("click", () => send("turn", model.get("number") + 1));
  model.on("change:rows change:number change:pages", paint);
  paint();
  return () => {
    clearTimeout(playing?.timer);
    model.off("change:rows change:number change:pages", paint);
  };
}

export default { render };
