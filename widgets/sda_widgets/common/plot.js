// Pointer positions and keyboard focus on bqplot figures, which draw but have no such events.
import { clamp } from "./numbers.js";

const PLOT = ".plotarea_background";
const RETRY_MS = 50;

export const hasPlot = (figure) => Boolean(figure?.querySelector(PLOT));

export const plotBox = (figure) => figure.querySelector(PLOT).getBoundingClientRect();

// Position of an event in a figure's plot as fractions from the upper left; clamped, since a drag may leave the plot.
export function place(figure, event) {
  const { left, top, width, height } = plotBox(figure);
  return { x: clamp((event.clientX - left) / width, 0, 1), y: clamp((event.clientY - top) / height, 0, 1), width, height };
}

// Call `bind` with the figures that `find` returns, as soon as bqplot has drawn all of them.
export function whenDrawn(find, bind, { onStop }) {
  let timer = 0;
  const attempt = () => {
    const figures = find();
    if (figures.every(hasPlot)) bind(...figures);
    else timer = setTimeout(attempt, RETRY_MS);
  };
  attempt();
  onStop(() => clearTimeout(timer));
}

// Let a figure take the keyboard focus, with the model's `label` for screen readers.
export function makeFocusable(figure, role, model, { follow }) {
  const label = () => figure.setAttribute("aria-label", model.get("label"));
  figure.tabIndex = 0;
  figure.setAttribute("role", role);
  figure.dataset.lmSuppressShortcuts = "true"; // otherwise JupyterLab handles these keys
  follow("label", label);
}
