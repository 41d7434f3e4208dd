// Pointer and keys over the dots of a scatter figure. Sends Python the pointer's position: x and y as fractions of the
// plot (0..1, from the upper left), width and height of the plot in pixels.
import { consume, make, post, widget } from "../common/dom.js";
import { keyOf } from "../common/keys.js";
import { hasPlot, makeFocusable, place, plotBox, whenDrawn } from "../common/plot.js";
import { throttle } from "../common/throttle.js";

const DRAG_PX = 8;

export default widget((view) => {
  const { model, el, on, onStop } = view;
  const root = () => el.closest(".sda-app");
  const host = () => el.closest(`.sda-${model.get("part")}`);
  // Moves wait for the answer to the last one: making a sound takes longer than moving the pointer, and queued sounds
  // would play when the pointer has long moved on.
  const sender = throttle((message) => post(model, message));

  function listenToPointer(figure) {
    const send = (kind, event, plot = figure) => sender.finish({ kind, ...place(plot, event) });
    on(figure, "pointerdown", (event) => {
      if (event.button !== 0) return;
      figure.setPointerCapture(event.pointerId);
      figure.focus({ preventScroll: true });
      send("down", event);
    });
    on(figure, "pointermove", (event) => sender.push({ kind: "move", ...place(figure, event) }));
    on(figure, "pointerup", (event) => {
      if (!figure.hasPointerCapture(event.pointerId)) return;
      const target = dropTarget(event);
      send(target ? "drop" : "up", event, target ?? figure);
    });
    on(figure, "pointercancel pointerleave", () => sender.finish({ kind: "leave" }));
    if (model.get("double_clicks")) on(figure, "dblclick", (event) => send("double", event));
  }

  // The figure that drags may end on: that of the same root, since a notebook can show several.
  function findTarget() {
    const selector = model.get("drop_target");
    return selector ? root()?.querySelector(selector) : null;
  }

  // The same, if the pointer is over it.
  function dropTarget(event) {
    const target = findTarget();
    const isOver = target?.contains(document.elementFromPoint(event.clientX, event.clientY));
    return isOver && hasPlot(target) ? target : null;
  }

  // While a dot is dragged to another plot, a small copy follows the pointer.
  function showDrag(figure) {
    let start = null;
    let copy = null;
    const end = () => {
      copy?.remove();
      start = copy = null;
    };
    on(figure, "pointerdown", (event) => (start = event.button === 0 ? event : null));
    on(figure, "pointermove", (event) => {
      if (!start || Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY) < DRAG_PX) return;
      copy ??= document.body.appendChild(make("i", { className: "sda-dragged sda-floating" }));
      copy.style.left = `${event.clientX}px`;
      copy.style.top = `${event.clientY}px`;
      copy.dataset.over = Boolean(dropTarget(event));
    });
    on(figure, "pointerup pointercancel", end);
    onStop(end);
  }

  function listenToKeys(figure) {
    on(figure, "keydown", (event) => {
      const key = keyOf(model.get("keymap"), event);
      if (!key) return;
      const { width, height } = plotBox(figure);
      sender.finish({ kind: "key", key: event.key, shift: event.shiftKey, width, height });
      if (key.act === "close") findTarget()?.focus();
      consume(event);
    });
  }

  function reveal(figure) {
    for (const shown of [host(), figure]) shown.scrollIntoView({ block: "nearest" }); // a low window lacks room for both
    if (findTarget()?.contains(document.activeElement)) figure.focus({ preventScroll: true });
  }

  function bind(figure) {
    makeFocusable(figure, "application", model, view);
    listenToPointer(figure);
    if (model.get("drop_target")) showDrag(figure);
    listenToKeys(figure);
    if (model.get("reveal")) reveal(figure);
  }

  on(model, "msg:custom", ({ kind }) => kind === "answered" && sender.answered());
  onStop(sender.stop);
  whenDrawn(() => [host()?.querySelector(`.sda-${model.get("part")}-figure`)], bind, view);
});
