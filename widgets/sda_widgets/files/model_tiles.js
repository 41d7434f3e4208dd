// Models as tiles: radio buttons, so that arrow keys move among them. All names only ever become text.
import { make, makeButton, widget } from "../common/dom.js";

export default widget(({ model, el, follow }) => {
  const list = make("div", { className: "sda-model-tiles", role: "radiogroup", "aria-label": "Models" });
  const send = (kind, value) => model.send({ kind, value });
  const turnBy = (count) => send("turn", model.get("number") + count);
  const back = makeButton("‹", () => turnBy(-1), { title: "Previous page", "aria-label": "Previous page" });
  const next = makeButton("›", () => turnBy(1), { title: "Next page", "aria-label": "Next page" });
  const place = make("span", {});
  const turn = make("div", { className: "sda-tiles-pages" }, back, place, next);
  const group = `sda-model-tiles-${model.model_id ?? crypto.randomUUID()}`;
  el.append(list, turn);

  function pictureOf({ image }) {
    const inside = image ? [make("img", { src: image, alt: "", draggable: false })] : [];
    return make("span", { className: "sda-model-picture" }, ...inside);
  }

  function tileOf(tile) {
    const choice = make("input", { type: "radio", name: group, value: tile.key });
    choice.addEventListener("change", () => send("choose", tile.key));
    const name = make("span", { className: "sda-model-name", title: tile.name }, tile.starred ? `★ ${tile.name}` : tile.name);
    const detail = make("span", { className: "sda-model-detail" }, tile.detail);
    const health = make("span", { className: "sda-model-health", title: `Health: ${tile.health}` });
    health.dataset.health = tile.health;
    const node = make("label", { className: "sda-model" }, choice, pictureOf(tile), name, health, detail);
    if (tile.tags) node.append(make("span", { className: "sda-model-tags", title: tile.tags }, tile.tags));
    node.addEventListener("dblclick", () => send("open", tile.key));
    return node;
  }

  function mark() {
    for (const choice of list.querySelectorAll("input")) choice.checked = choice.value === model.get("chosen");
  }

  function paint() {
    const focused = list.contains(document.activeElement) && document.activeElement.value;
    list.replaceChildren(...model.get("tiles").map(tileOf));
    mark();
    const [number, pages] = [model.get("number"), model.get("pages")];
    turn.hidden = pages < 2;
    place.textContent = `${number + 1} of ${pages}`;
    back.disabled = number < 1;
    next.disabled = number > pages - 2;
    if (focused) [...list.querySelectorAll("input")].find((one) => one.value === focused)?.focus();
  }

  follow("tiles number pages", paint);
  follow("chosen", mark);
});
