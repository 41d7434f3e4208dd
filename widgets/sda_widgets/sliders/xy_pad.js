// A pad that moves two sliders at once.
import { make, post } from "../common/dom.js";
import { followDrags } from "../common/drag.js";
import { keyOf } from "../common/keys.js";
import { clamp, fraction } from "../common/numbers.js";
import { fractionAt, inset, readout, SEVERITIES, zoneAt, zoneGradient } from "./units.js";

const PAD_STEP = 0.25; // steps of a slider per arrow key
const DIRECTIONS = { left: [-1, 0], right: [1, 0], down: [0, -1], up: [0, 1] };

export function makePad(model, positions) {
  const dot = make("div", { className: "sda-dot" });
  const [zeroX, zeroY] = ["x", "y"].map((axis) => make("div", { className: `sda-zero-${axis}` }));
  const area = make("div", { className: "sda-area", tabIndex: 0, role: "application" }, zeroX, zeroY, dot);
  const selects = {
    x: make("select", { "aria-label": "Slider from left to right" }),
    y: make("select", { "aria-label": "Slider from bottom to top" }),
  };
  const choices = [["→", selects.x], ["↑", selects.y]].map(([arrow, select]) =>
    make("label", {}, make("span", {}, arrow), select));
  const node = make("div", { className: "sda-pad" }, area, make("div", { className: "sda-choices" }, ...choices));
  let axes = null; // the two sliders { x, y }

  function describe() {
    const sliders = model.get("sliders");
    const [x, y] = ["x", "y"].map((axis) => sliders.find(({ name }) => name === model.get("pad")[axis]));
    axes = x && y && x !== y ? { x, y } : null;
    node.hidden = !axes;
    if (!axes) return;
    for (const axis of ["x", "y"]) {
      const options = sliders.map(({ name, label, disabled_reason }) =>
        make("option", { value: name, disabled: Boolean(disabled_reason) }, label));
      selects[axis].replaceChildren(...options);
      selects[axis].value = axes[axis].name;
    }
    node.dataset.off = Boolean(x.disabled_reason || y.disabled_reason);
    area.style.background = `${zoneGradient(x, "90deg", "-faint")}, ${zoneGradient(y, "0deg", "-faint")}`;
    zeroX.style.left = inset(fraction(0, x.low, x.high));
    zeroY.style.bottom = inset(fraction(0, y.low, y.high));
    show();
  }

  function show() {
    if (!axes) return;
    const { x, y } = axes;
    const [across, up] = [positions.at(x.name), positions.at(y.name)];
    dot.style.left = inset(fraction(across, x.low, x.high));
    dot.style.bottom = inset(fraction(up, y.low, y.high));
    const zones = [zoneAt(x, across), zoneAt(y, up)];
    area.dataset.zone = SEVERITIES.findLast((severity) => zones.includes(severity));
    area.title = `${x.label} ${readout(x, across)}, ${y.label} ${readout(y, up)}`;
    area.setAttribute("aria-label", `XY pad, arrow keys move it: ${area.title}`);
  }

  function messageOf(across, up) {
    const { x, y } = axes;
    const values = { [x.name]: clamp(across, x.low, x.high), [y.name]: clamp(up, y.low, y.high) };
    return { kind: "pad", x: x.name, y: y.name, values };
  }

  function pointed(event) {
    const box = area.getBoundingClientRect();
    const step = ({ low, high }, part) => Math.round((low + part * (high - low)) * 100) / 100;
    const across = fractionAt(event.clientX - box.left, box.width);
    return messageOf(step(axes.x, across), step(axes.y, fractionAt(box.bottom - event.clientY, box.height)));
  }

  followDrags(area, {
    start(event) {
      if (event.button !== 0 || node.dataset.off === "true") return false;
      positions.move(pointed(event), false);
    },
    move: (event) => axes && positions.move(pointed(event), false),
    end: (event) => axes && positions.move(pointed(event), true),
  });
  area.addEventListener("keydown", (event) => {
    const act = keyOf(model.get("keymap"), event)?.act;
    const isZero = act === "zero";
    if (!(isZero || act in DIRECTIONS) || node.dataset.off === "true") return;
    event.preventDefault();
    const [across, up] = isZero ? [0, 0] : DIRECTIONS[act];
    const from = ({ name }) => (isZero ? 0 : positions.at(name));
    positions.settle(messageOf(from(axes.x) + PAD_STEP * across, from(axes.y) + PAD_STEP * up));
  });
  // Choosing the other axis' slider swaps the two.
  for (const [axis, other] of [["x", "y"], ["y", "x"]]) {
    selects[axis].addEventListener("change", () => {
      const chosen = { ...model.get("pad"), [axis]: selects[axis].value };
      if (chosen.x === chosen.y) chosen[other] = model.get("pad")[axis];
      selects[other].value = chosen[other];
      const values = Object.fromEntries([chosen.x, chosen.y].map((name) => [name, positions.at(name)]));
      post(model, { kind: "pad", ...chosen, values, done: true });
    });
  }
  return { node, describe, show };
}
