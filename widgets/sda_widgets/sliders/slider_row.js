// One slider: its track with zones, its change in units, and the lock and MIDI buttons.
import { make, makeSvg, post, setAttributes } from "../common/dom.js";
import { actOn } from "../common/keys.js";
import { fraction } from "../common/numbers.js";
import { inset, readout, zoneAt, zoneGradient } from "./units.js";

export const GRID = 20; // thumbs snap to 1/GRID steps, so that 0 is among them
const ZONE_WORDS = { unknown: "", safe: "✓", warning: "▲ warning", danger: "✕ danger" };
const SHACKLES = { open: "M4.5 7V4.5a2.5 2.5 0 0 1 4.8-1", closed: "M4.5 7V4.5a2.5 2.5 0 0 1 5 0V7" };

function lockIcon() {
  const lines = { fill: "none", stroke: "currentColor", "stroke-width": 1.4 };
  return makeSvg(
    "svg",
    { viewBox: "0 0 14 14", width: 14, height: 14, "aria-hidden": "true" },
    makeSvg("path", { ...lines, class: "sda-open", d: SHACKLES.open }),
    makeSvg("path", { ...lines, class: "sda-closed", d: SHACKLES.closed }),
    makeSvg("rect", { x: 2.5, y: 7, width: 9, height: 5.5, rx: 1.2, fill: "currentColor" }),
  );
}

export function makeRow(name, { model, positions, midi }) {
  const label = make("span", { className: "sda-label" });
  const zone = make("span", { className: "sda-zone" });
  const change = make("span", { className: "sda-change" });
  const range = make("input", { type: "range", step: 1 / GRID });
  const lock = make("button", { type: "button", className: "sda-lock", title: "Random does not move it" }, lockIcon());
  const learn = make("button", { type: "button", className: "sda-learn" });
  const reason = make("span", { className: "sda-why" });
  const node = make("div", { className: "sda-slider" }, label, zone, change, range, lock, learn, reason);
  node.dataset.name = name;
  let slider = null;

  function describe(described) {
    slider = described;
    const { tip = "", disabled_reason = "" } = slider;
    const [low, high] = [Math.ceil(slider.low * GRID - 1e-6) / GRID, Math.floor(slider.high * GRID + 1e-6) / GRID];
    const disabled = Boolean(disabled_reason);
    Object.assign(range, { min: low, max: high, title: tip, disabled });
    range.setAttribute("aria-label", slider.label);
    range.style.setProperty("--sda-track", zoneGradient({ ...slider, low, high }, "90deg"));
    range.style.setProperty("--sda-zero", inset(fraction(0, low, high)));
    Object.assign(label, { textContent: slider.label, title: tip });
    lock.setAttribute("aria-label", `Lock ${slider.label}`);
    lock.disabled = learn.disabled = node.dataset.off = disabled;
    Object.assign(reason, { textContent: disabled_reason, hidden: !disabled });
    show();
  }

  function show() {
    const value = positions.at(name);
    const [text, severity] = [readout(slider, value), zoneAt(slider, value)];
    if (range.valueAsNumber !== value) range.value = value;
    change.textContent = text;
    node.dataset.zone = severity;
    zone.textContent = ZONE_WORDS[severity];
    range.setAttribute("aria-valuetext", ["unknown", "safe"].includes(severity) ? text : `${text}, ${severity}`);
    showButtons();
  }

  function showButtons() {
    const source = model.get("midi")[name];
    const isLearning = midi.isLearning(name);
    const [channel, controller] = (source ?? ":").split(":");
    lock.setAttribute("aria-pressed", model.get("locks").includes(name));
    learn.dataset.mapped = Boolean(source);
    learn.textContent = source ? `CC${controller}` : "MIDI";
    const spoken = `${source ? `Controller ${controller}` : "MIDI"} for ${slider.label}`;
    setAttributes(learn, { "aria-pressed": isLearning, "aria-label": spoken });
    learn.title = source
      ? `Channel ${Number(channel) + 1}, controller ${controller}. Click to remove the assignment`
      : isLearning ? "Turn a knob to assign it, or click to cancel" : "Assign a MIDI knob: click, then turn the knob";
  }

  const move = (value, done) => positions.move({ kind: "move", name, value }, done);
  range.addEventListener("input", () => move(range.valueAsNumber, false));
  range.addEventListener("change", () => move(range.valueAsNumber, true));
  // The browser sends no change event when a slider is released where it was grabbed.
  const release = () => setTimeout(() => positions.isHeld(name) && move(range.valueAsNumber, true), 0);
  for (const type of ["pointerup", "pointercancel"]) range.addEventListener(type, release);
  range.addEventListener("dblclick", () => !range.disabled && move(0, true));
  range.addEventListener("keydown", (event) => {
    actOn(model.get("keymap"), { zero: () => move(0, true) }, event);
  });
  lock.addEventListener("click", () => {
    const on = lock.getAttribute("aria-pressed") !== "true";
    lock.setAttribute("aria-pressed", on); // at once, so that the button responds even while the kernel is busy
    post(model, { kind: "lock", name, on });
  });
  learn.addEventListener("click", () => midi.press(name));
  return { node, describe, show };
}
