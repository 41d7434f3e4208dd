// Curve editor: a slider's value over the time of the sound, as points that are dragged.
import { make, makeSvg, post, setAttributes } from "../common/dom.js";
import { followDrags } from "../common/drag.js";
import { clamp, fraction } from "../common/numbers.js";
import { GRID } from "./slider_row.js";
import { readout, zoneAt, zoneGradient } from "./units.js";

const DOUBLE_MS = 400;
const HIT_PX = 12;

const percent = (part) => `${100 * part}%`;

export function makeCurveEditor(model) {
  const zero = makeSvg("line", { x1: 0, x2: "100%", class: "sda-zero" });
  const lines = makeSvg("g", { class: "sda-lines" });
  const circles = makeSvg("g");
  const svg = makeSvg("svg", { role: "group" }, zero, lines, circles);
  const hint = make("div", { className: "sda-hint" }, "Click to draw how it changes over time");
  const plot = make("div", { className: "sda-curve-plot" }, svg, hint);
  const title = make("span");
  const reading = make("span", { className: "sda-change" });
  const end = make("span");
  const head = make("div", { className: "sda-curve-head" }, title, reading);
  const foot = make("div", { className: "sda-curve-foot" }, make("span", {}, "0 s"), end);
  const node = make("div", { className: "sda-curve" }, head, plot, foot);
  let slider = null;
  let seconds = 0;
  let points = []; // [second, step], in order of time
  let dragged = null; // the point being dragged
  let changed = false;
  let pressed = { point: null, at: 0 }; // the last press on an existing point

  const across = (second) => fraction(second, 0, seconds);
  const up = (step) => fraction(step, slider.low, slider.high);
  const left = (second) => percent(across(second));
  const top = (step) => percent(1 - up(step));

  function describe() {
    const curve = model.get("curve");
    const found = model.get("sliders").find(({ name }) => name === curve.name);
    if (dragged && found && found.name === slider.name) return;
    slider = found;
    dragged = null;
    node.hidden = !slider;
    if (!slider) return;
    seconds = curve.seconds;
    points = curve.points.map((point) => [...point]);
    title.textContent = `${slider.label} over time`;
    end.textContent = `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
    setAttributes(zero, { y1: top(0), y2: top(0) });
    plot.style.background = zoneGradient(slider, "0deg", "-faint");
    show();
  }

  function circleOf(point) {
    const [second, step] = point;
    const circle = { cx: left(second), cy: top(step), r: point === dragged ? 6 : 4.5, "data-zone": zoneAt(slider, step) };
    return makeSvg("circle", circle, makeSvg("title", {}, "Drag to move, double-click to remove"));
  }

  function show() {
    points.sort((one, other) => one[0] - other[0]);
    const ends = points.length ? [[0, points[0][1]], ...points, [seconds, points.at(-1)[1]]] : [];
    const pieces = ends.slice(1).map(([second, step], index) => {
      const [before, from] = ends[index];
      return makeSvg("line", { x1: left(before), y1: top(from), x2: left(second), y2: top(step) });
    });
    lines.replaceChildren(...pieces);
    circles.replaceChildren(...points.map(circleOf));
    hint.hidden = points.length > 0;
    reading.textContent = dragged ? `${dragged[0].toFixed(2)} s, ${readout(slider, dragged[1])}` : "";
    svg.setAttribute("aria-label", `${slider.label} over ${end.textContent}, ${points.length} points`);
  }

  function place(event) {
    const box = svg.getBoundingClientRect();
    const second = clamp((event.clientX - box.left) / box.width, 0, 1) * seconds;
    const height = clamp((box.bottom - event.clientY) / box.height, 0, 1);
    const step = Math.round((slider.low + height * (slider.high - slider.low)) * GRID) / GRID;
    return [Math.min(Math.round(second * 1000) / 1000, seconds), clamp(step, slider.low, slider.high)];
  }

  // Found by distance: circles are redrawn all the time and are too small for fingers.
  function pointNear(event) {
    const box = svg.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, box.bottom - event.clientY];
    const distance = ([second, step]) => Math.hypot(x - across(second) * box.width, y - up(step) * box.height);
    const nearest = [...points].sort((one, other) => distance(one) - distance(other))[0];
    return nearest && distance(nearest) <= HIT_PX ? nearest : null;
  }

  function remove(point) {
    points = points.filter((one) => one !== point);
    show();
    send();
  }

  const send = () => post(model, { kind: "curve", name: slider.name, points: points.map((point) => [...point]) });

  function press(event) {
    if (event.button !== 0 || !slider || slider.disabled_reason) return false;
    event.preventDefault();
    const point = pointNear(event);
    // No dblclick event: a double-click on empty space must add a point and keep it.
    const isDouble = point && point === pressed.point && event.timeStamp - pressed.at < DOUBLE_MS;
    pressed = { point, at: event.timeStamp };
    if (isDouble) return remove(point);
    dragged = point ?? place(event);
    changed = !point;
    if (!point) points.push(dragged);
    show();
  }

  followDrags(svg, {
    start: press,
    move(event) {
      if (!dragged || (!changed && Math.hypot(event.movementX, event.movementY) === 0)) return;
      changed = true;
      pressed.point = null;
      [dragged[0], dragged[1]] = place(event);
      show();
    },
    end() {
      if (!dragged) return;
      dragged = null;
      show();
      if (changed) send();
    },
  });
  return { node, describe };
}
