// Keys, pointer and wheel for the code grid. bqplot draws but hears nothing; this sits beside it and sends Python what
// happened, with places as fractions of the plot (x, y in 0..1), so that nothing here can be out of date.

const KEYS = new Set([
  "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End", "Enter", "Escape", "Backspace",
  "Delete", "+", "=", "-", "_", "[", "]", ..."0123456789",
]);
const WITH_CTRL = new Set(["z", "Z", "y", "c", "v", "a"]);
const DRAG_MS = 40;

function render({ model, el }) {
  const listeners = [];
  const on = (target, type, heard, options) => {
    target.addEventListener(type, heard, options);
    listeners.push(() => target.removeEventListener(type, heard, options));
  };

  // Where in the figure's plot an event happened; dragging may leave the plot, so the place is clamped.
  function place(figure, event) {
    const box = figure.querySelector(".plotarea_background").getBoundingClientRect();
    const fraction = (value, size) => Math.min(Math.max(value / size, 0), 1);
    return { x: fraction(event.clientX - box.left, box.width), y: fraction(event.clientY - box.top, box.height) };
  }

  function listenToPointer(figure, kinds) {
    let sent = 0;
    const send = (kind, event) => model.send({ kind, ...place(figure, event), shift: event.shiftKey });
    on(figure, "pointerdown", (event) => {
      if (event.button !== 0) return;
      figure.setPointerCapture(event.pointerId);
      figure.focus({ preventScroll: true });
      send(kinds.press, event);
    });
    on(figure, "pointermove", (event) => {
      if (!figure.hasPointerCapture(event.pointerId) || performance.now() - sent < DRAG_MS) return;
      sent = performance.now();
      send(kinds.drag, event);
    });
    on(figure, "pointerup", (event) => figure.hasPointerCapture(event.pointerId) && send(kinds.drag, event));
  }

  function listenToKeys(figure) {
    on(figure, "keydown", (event) => {
      const ctrl = event.ctrlKey || event.metaKey;
      if (!(ctrl ? WITH_CTRL : KEYS).has(event.key)) return;
      model.send({ kind: "key", key: event.key, shift: event.shiftKey, ctrl });
      event.preventDefault();
      event.stopPropagation();
    });
  }

  // Sideways wheel pans, Ctrl + wheel zooms; an ordinary wheel goes on scrolling the page.
  function listenToWheel(figure) {
    let sum = 0;
    let timer = 0;
    on(figure, "wheel", (event) => {
      const zoom = event.ctrlKey || event.metaKey;
      const delta = zoom ? event.deltaY : event.deltaX;
      if (!delta) return;
      event.preventDefault();
      sum += delta;
      const { x } = place(figure, event);
      timer ||= setTimeout(() => {
        model.send({ kind: zoom ? "zoom" : "pan", delta: sum, x });
        sum = timer = 0;
      }, DRAG_MS);
    }, { passive: false });
  }

  let waiting = 0;
  function bind() {
    const host = el.closest(".sda-grid");
    const main = host?.querySelector(".sda-grid-main");
    const overview = host?.querySelector(".sda-grid-overview");
    if (![main, overview].every((figure) => figure?.querySelector(".plotarea_background"))) {
      waiting = setTimeout(bind, 50);
      return;
    }
    main.tabIndex = 0;
    main.setAttribute("role", "grid");
    main.setAttribute("aria-label", model.get("label"));
    main.dataset.lmSuppressShortcuts = "true"; // JupyterLab would take the keys as its own
    listenToPointer(main, { press: "press", drag: "drag" });
    listenToKeys(main);
    listenToWheel(main);
    listenToPointer(overview, { press: "look", drag: "look" });
    model.on("change:label", () => main.setAttribute("aria-label", model.get("label")));
  }
  bind();
  return () => {
    clearTimeout(waiting);
    listeners.forEach((remove) => remove());
  };
}

export default { render };
