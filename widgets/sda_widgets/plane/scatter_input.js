// Pointer and keys for dots in the plane. bqplot draws but has no such events; this widget sends Python the pointer's
// position: x and y as fractions of the plot (0..1, from the upper left), width and height of the plot in pixels.

const MOVE_MS = 50;
const PATIENCE_MS = 2000;
const DRAG_PX = 8;

// While a page is being closed it has no kernel, and sending fails.
function post(model, message) {
  try {
    model.send(message);
  } catch {
    return;
  }
}

function render({ model, el }) {
  const listeners = [];
  const on = (target, type, heard) => {
    target.addEventListener(type, heard);
    listeners.push(() => target.removeEventListener(type, heard));
  };

  const host = () => el.closest(`.sda-${model.get("part")}`);

  function place(figure, event) {
    const { left, top, width, height } = figure.querySelector(".plotarea_background").getBoundingClientRect();
    const fraction = (value, size) => Math.min(Math.max(value / size, 0), 1);
    return { x: fraction(event.clientX - left, width), y: fraction(event.clientY - top, height), width, height };
  }

  // Moves: only the latest one, and none before Python has answered the last. Making a sound takes longer than moving
  // the pointer, and queued sounds would play when the pointer has long moved on.
  let latest = null;
  let timer = 0;
  let sent = 0;
  let unanswered = 0;
  function push() {
    clearTimeout(timer);
    timer = 0;
    if (!latest) return;
    const now = performance.now();
    const wait = unanswered && now - unanswered < PATIENCE_MS ? PATIENCE_MS : sent + MOVE_MS - now;
    if (wait > 0) {
      timer = setTimeout(push, wait);
      return;
    }
    sent = unanswered = now;
    post(model, latest);
    latest = null;
  }
  function answered(message) {
    if (message.kind !== "heard") return;
    unanswered = 0;
    push();
  }
  function move(message) {
    latest = message;
    if (!timer) push();
  }
  function tell(message) {
    latest = null; // discard earlier moves
    sent = unanswered = performance.now();
    post(model, message);
  }

  function listenToPointer(figure) {
    const say = (kind, event) => tell({ kind, ...place(figure, event) });
    on(figure, "pointerdown", (event) => {
      if (event.button !== 0) return;
      figure.setPointerCapture(event.pointerId);
      figure.focus({ preventScroll: true });
      say("down", event);
    });
    on(figure, "pointermove", (event) => move({ kind: "move", ...place(figure, event) }));
    on(figure, "pointerup", (event) => {
      if (!figure.hasPointerCapture(event.pointerId)) return;
      const other = target(event);
      if (other) tell({ kind: "drop", ...place(other, event) });
      else say("up", event);
    });
    on(figure, "pointercancel", () => tell({ kind: "leave" }));
    on(figure, "pointerleave", () => tell({ kind: "leave" }));
    if (model.get("twice")) on(figure, "dblclick", (event) => say("double", event));
  }

  // The plot that a drag may end on, if the pointer is over it.
  function target(event) {
    const onto = model.get("onto");
    if (!onto) return null;
    const plot = document.elementFromPoint(event.clientX, event.clientY)?.closest(onto);
    return plot?.querySelector(".plotarea_background") ? plot : null;
  }

  // While a dot is dragged to another plot, a small copy follows the pointer.
  function carryAlong(figure) {
    let from = null;
    let carried = null;
    const letGo = () => {
      carried?.remove();
      from = carried = null;
    };
    on(figure, "pointerdown", (event) => (from = event.button === 0 ? event : null));
    on(figure, "pointermove", (event) => {
      if (!from || Math.hypot(event.clientX - from.clientX, event.clientY - from.clientY) < DRAG_PX) return;
      carried ??= document.body.appendChild(Object.assign(document.createElement("i"), { className: "sda-carried" }));
      carried.style.left = `${event.clientX}px`;
      carried.style.top = `${event.clientY}px`;
      carried.dataset.over = Boolean(target(event));
    });
    for (const end of ["pointerup", "pointercancel"]) on(figure, end, letGo);
    listeners.push(letGo);
  }

  function listenToKeys(figure) {
    on(figure, "keydown", (event) => {
      if (!model.get("keys_heard").includes(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
      const { width, height } = figure.querySelector(".plotarea_background").getBoundingClientRect();
      tell({ kind: "key", key: event.key, shift: event.shiftKey, width, height });
      if (event.key === "Escape") document.querySelector(model.get("onto"))?.focus();
      event.preventDefault();
      event.stopPropagation();
    });
  }

  function reveal(figure) {
    host().scrollIntoView({ block: "nearest" });
    if (document.activeElement?.closest(model.get("onto"))) figure.focus({ preventScroll: true });
  }

  let waiting = 0;
  function bind() {
    const figure = host()?.querySelector(`.sda-${model.get("part")}-figure`);
    if (!figure?.querySelector(".plotarea_background")) {
      waiting = setTimeout(bind, 50);
      return;
    }
    const label = () => figure.setAttribute("aria-label", model.get("label"));
    figure.tabIndex = 0;
    figure.setAttribute("role", "application");
    figure.dataset.lmSuppressShortcuts = "true"; // otherwise JupyterLab handles these keys
    label();
    listenToPointer(figure);
    if (model.get("onto")) carryAlong(figure);
    listenToKeys(figure);
    if (model.get("reveal")) reveal(figure);
    model.on("change:label", label);
    listeners.push(() => model.off("change:label", label));
  }
  model.on("msg:custom", answered);
  bind();
  return () => {
    clearTimeout(waiting);
    clearTimeout(timer);
    model.off("msg:custom", answered);
    listeners.forEach((remove) => remove());
  };
}

export default { render };
