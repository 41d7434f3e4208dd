// A head from above: drag the dot around it. The rings are 0.5, 1, 2 and 4 m; up is in front.
import { make, makeSvg, setAttributes, widget } from "../common/dom.js";
import { followDrags } from "../common/drag.js";
import { keyOf } from "../common/keys.js";
import { clamp } from "../common/numbers.js";

const SIZE = 240;
const MIDDLE = SIZE / 2;
const EDGE = MIDDLE - 14; // px from the middle
const NEAR = 0.25; // m, at the middle of the pad
const FAR = 5; // m, at its edge
const RINGS = [0.5, 1, 2, 4];
const LOWEST = -40; // degrees; lowest elevation measured in the bundled HRTF
const HIGHEST = 90;
const STEP = 5;

const radius = (meters) => EDGE * (Math.log(meters / NEAR) / Math.log(FAR / NEAR));
const meters = (pixels) => NEAR * (FAR / NEAR) ** clamp(pixels / EDGE, 0, 1);
const round = (value, to) => Math.round(value / to) * to;
const wrapped = (azimuth) => ((((azimuth + 180) % 360) + 360) % 360) - 180;

function place(azimuth, distance) {
  const angle = (azimuth * Math.PI) / 180;
  const out = clamp(radius(distance), 0, EDGE);
  return [MIDDLE - out * Math.sin(angle), MIDDLE - out * Math.cos(angle)];
}

function side(azimuth) {
  const angle = wrapped(azimuth);
  if (Math.abs(angle) < 0.5) return "in front";
  if (Math.abs(Math.abs(angle) - 180) < 0.5) return "behind";
  return `${Math.abs(angle).toFixed(0)}° ${angle > 0 ? "left" : "right"}`;
}

function background() {
  const rings = RINGS.flatMap((one) => [
    makeSvg("circle", { cx: MIDDLE, cy: MIDDLE, r: radius(one), class: "ring" }),
    makeSvg("text", { x: MIDDLE + 3, y: MIDDLE + radius(one) - 3, class: "mark" }, `${one} m`),
  ]);
  const head = makeSvg("g", { class: "head" },
    makeSvg("path", { d: `M${MIDDLE - 4} ${MIDDLE - 11}l4 -6l4 6` }),
    makeSvg("ellipse", { cx: MIDDLE, cy: MIDDLE, rx: 10, ry: 12 }),
    ...[-11, 11].map((ear) => makeSvg("ellipse", { cx: MIDDLE + ear, cy: MIDDLE, rx: 2, ry: 4 })));
  const names = [["front", MIDDLE, 10], ["back", MIDDLE, SIZE - 3]].map(([text, x, y]) =>
    makeSvg("text", { x, y, class: "mark", "text-anchor": "middle" }, text));
  return [...rings, head, ...names];
}

export default widget((view) => {
  const { model, el, on } = view;
  el.classList.add("sda-pad");
  const path = makeSvg("line", { class: "way" });
  const dots = [makeDot("Beginning", "azimuth", "distance"), makeDot("End", "end_azimuth", "end_distance")];
  const [start, end] = dots;
  const pad = makeSvg("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, width: SIZE, height: SIZE, class: "above" },
    ...background(), path, end.node, start.node);
  const range = { type: "range", min: LOWEST, max: HIGHEST, step: 1, className: "height" };
  const height = make("input", { ...range, "aria-label": "Elevation in degrees", orient: "vertical" });
  const text = make("output");
  el.append(make("div", {}, pad, height), text);

  function put(values) {
    model.set(values);
    model.save_changes();
    paint();
  }

  function makeDot(label, azimuth, distance) {
    const node = makeSvg("circle", { r: 12, class: `dot ${azimuth}`, tabindex: 0, role: "slider", "aria-label": label });
    const start = (event) => {
      node.focus();
      event.preventDefault();
    };
    const move = (event) => {
      const box = pad.getBoundingClientRect();
      const scale = SIZE / box.width;
      const [x, y] = [(event.clientX - box.left) * scale - MIDDLE, (event.clientY - box.top) * scale - MIDDLE];
      const angle = round((Math.atan2(-x, -y) * 180) / Math.PI, 1);
      put({ [azimuth]: angle + 0, [distance]: round(meters(Math.hypot(x, y)), 0.05) });
    };
    followDrags(node, { start, move }, view);
    on(node, "keydown", (event) => {
      const act = keyOf(model.get("keymap"), event)?.act;
      const turn = { left: STEP, right: -STEP }[act] ?? 0;
      const factor = { farther: 1.25, nearer: 0.8 }[act] ?? 1;
      if (!turn && factor === 1) return;
      event.preventDefault();
      const away = round(clamp(model.get(distance) * factor, NEAR, FAR), 0.05);
      put({ [azimuth]: wrapped(model.get(azimuth) + turn), [distance]: away });
    });
    // Move the dot to the model's values; returns the position, also in words.
    function show() {
      const [angle, away] = [model.get(azimuth), model.get(distance)];
      const [x, y] = place(angle, away);
      const words = `${side(angle)}, ${away.toFixed(2)} m`;
      setAttributes(node, { cx: x, cy: y, "aria-valuenow": angle, "aria-valuetext": words });
      return { x, y, words };
    }
    return { node, show };
  }

  function paint() {
    const [from, to] = dots.map((dot) => dot.show());
    const [moves, elevation] = [model.get("moves"), model.get("elevation")];
    setAttributes(path, { x1: from.x, y1: from.y, x2: to.x, y2: to.y });
    path.style.display = end.node.style.display = moves ? "" : "none";
    height.value = elevation;
    const up = elevation ? `, ${Math.abs(elevation).toFixed(0)}° ${elevation > 0 ? "up" : "down"}` : "";
    text.textContent = `${from.words}${moves ? ` → ${to.words}` : ""}${up}`;
  }

  on(height, "input", () => put({ elevation: Number(height.value) }));
  on(model, "change", paint);
  paint();
});
