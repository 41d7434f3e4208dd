// What a slider's steps mean: feature values in their unit, and safe, warning and danger zones.
import { clamp, fraction } from "../common/numbers.js";

export const SEVERITIES = ["unknown", "safe", "warning", "danger"]; // from mild to severe; axes are unknown
const INSET = 7; // px; a thumb's middle stays this far from the ends of its track

// CSS position along a track, for a part of it (0..1).
export const inset = (part) => `calc(${INSET}px + (100% - ${2 * INSET}px) * ${part})`;

// The fraction (0..1) of a track of `length` px at a position in px.
export const fractionAt = (pixels, length) => (pixels - INSET) / (length - 2 * INSET);

// The feature at a step, interpolated linearly between measured values; without measurements the step itself.
function feature({ steps, values }, step) {
  if (!steps || steps.length < 2) return step;
  const next = clamp(steps.findIndex((one) => one >= step), 1, steps.length - 1);
  const after = step > steps.at(-1) ? steps.length - 1 : next;
  const part = fraction(step, steps[after - 1], steps[after]);
  return values[after - 1] + part * (values[after] - values[after - 1]);
}

// A slider keeps its number of decimals while it moves: two digits at its largest change, three from ten on.
function decimals(slider) {
  const reach = [slider.low, slider.high, ...(slider.steps ?? [])];
  const most = Math.max(...reach.map((step) => Math.abs(feature(slider, step) - feature(slider, 0))), 1e-9);
  const magnitude = Math.floor(Math.log10(most));
  return magnitude >= 2 ? 0 : clamp(1 - magnitude, 1, 6);
}

export function readout(slider, step) {
  const isMeasured = slider.steps?.length > 1;
  const change = feature(slider, step) - feature(slider, 0);
  const size = Math.abs(change) >= 1000 ? Number(Math.abs(change).toPrecision(3)) : Math.abs(change);
  const text = size.toFixed(decimals(slider));
  return Number(text) === 0 ? "0" : `${change < 0 ? "-" : "+"}${text} ${isMeasured ? slider.unit : "steps"}`.trim();
}

// The severity of a step; on the border of two zones the milder one applies.
export function zoneAt({ zones }, step) {
  const contains = (severity) => zones?.some(([from, to, name]) => name === severity && from <= step && step <= to);
  return SEVERITIES.find(contains) ?? "safe";
}

export function zoneGradient({ zones, low, high }, direction, suffix = "") {
  const stops = (zones?.length ? zones : [[low, high, "safe"]]).map(([from, to, name]) => {
    const color = `var(--sda-zone-${SEVERITIES.includes(name) ? name : "safe"}${suffix})`;
    return `${color} ${inset(fraction(from, low, high))}, ${color} ${inset(fraction(to, low, high))}`;
  });
  return `linear-gradient(${direction}, ${stops.join(", ")})`;
}
