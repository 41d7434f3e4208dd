// Keys, pointer and wheel events of the code grid. bqplot draws but has no such events; this widget sends them to
// Python, with positions as fractions of the plot (x, y in 0..1), so that it needs no state of the view.

const KEYS = new Set([
  "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End", "Enter", "Escape", "Backspace",
  "Delete", "F2", "+", "=", "-", "_", "[", "]", ",", ".", ..."0123456789", ..."bfikmoprscBFIKMOPRSC",
]);
const WITH_CTRL = new Set([..."zycvaxdZYCVAXD"]);
const DRAG_MS = 40;
const MIDDLE = 1;

function render({ model, el }) {
  const listeners = [];
  const on = (target, type, heard, options) => {
    target.addEventListener(type, heard, options);
    listeners.push(() => target.removeEventListener(type, heard, options));
  };
  const plotOf = (figure) => figure.querySelector(".plotarea_background").getBoundingClientRect();

  // Position of an event in the figure's plot; clamped, since a drag may leave the plot.
  function place(figure, event) {
    const box = plotOf(figure);
    const fraction = (value, size) => Math.min(Math.max(value / size, 0), 1);
    return { x: fraction(event.clientX - box.left, box.width), y: fraction(event.clientY - box.top, box.height) };
  }

  // The names of the levels are left of the plot, the numbers of the frames below it.
  function zone(figure, event) {
    const box = plotOf(figure);
    if (event.clientX < box.left) return "levels";
    return event.clientY > box.bottom ? "frames" : "plot";
  }

  const marks = (event) => ({ shift: event.shiftKey, ctrl: event.ctrlKey || event.metaKey, alt: event.altKey });

  function listenToPointer(figure, kinds) {
    let sent = 0;
    let where = "plot";
    const send = (kind, event) => model.send({ kind, ...place(figure, event), ...marks(event), zone: where });
    on(figure, "pointerdown", (event) => {
      if (event.button !== 0 || grabs(event)) return;
      figure.setPointerCapture(event.pointerId);
      figure.focus({ preventScroll: true });
      where = zone(figure, event);
      send(kinds.press, event);
    });
    on(figure, "pointermove", (event) => {
      if (!figure.hasPointerCapture(event.pointerId) || grabbed || performance.now() - sent < DRAG_MS) return;
      sent = performance.now();
      send(kinds.drag, event);
    });
    on(figure, "pointerup", (event) => figure.hasPointerCapture(event.pointerId) && !grabbed && send(kinds.release, event));
  }

  // Alt-drag or the middle button pans the view; with the brush on, Alt is the brush's.
  let grabbed = null;
  const grabs = (event) => event.button === MIDDLE || (event.altKey && !model.get("brush"));
  function listenToGrabs(figure) {
    let sent = 0;
    const move = (event) => {
      const dx = (event.clientX - grabbed) / plotOf(figure).width;
      grabbed = event.clientX;
      if (dx) model.send({ kind: "grab", dx });
    };
    on(figure, "pointerdown", (event) => {
      if (!grabs(event)) return;
      event.preventDefault();
      figure.setPointerCapture(event.pointerId);
      figure.focus({ preventScroll: true });
      grabbed = event.clientX;
    });
    on(figure, "pointermove", (event) => {
      if (grabbed === null || performance.now() - sent < DRAG_MS) return;
      sent = performance.now();
      move(event);
    });
    on(figure, "pointerup", (event) => {
      if (grabbed === null) return;
      move(event);
      grabbed = null;
    });
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

  function listenToClicks(figure) {
    on(figure, "dblclick", (event) => model.send({ kind: "double", ...place(figure, event), zone: zone(figure, event) }));
    on(figure, "contextmenu", (event) => {
      event.preventDefault();
      model.send({ kind: "menu", ...place(figure, event) });
    });
  }

  // A sideways wheel pans, Ctrl + wheel zooms; an ordinary wheel scrolls the page.
  function listenToWheel(figure) {
    let sum = 0;
    let timer = 0;
    on(figure, "wheel", (event) => {
      const zoom = event.ctrlKey || event.metaKey;
      const delta = zoom ? event.deltaY : event.deltaX || (event.shiftKey ? event.deltaY : 0);
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

  const host = () => el.closest(".sda-grid");
  const focus = (message) => {
    if (message.kind !== "focus") return;
    setTimeout(() => { // the field may have been shown only just now
      const target = host()?.querySelector(message.what);
      target?.focus({ preventScroll: true });
      target?.select?.();
    }, DRAG_MS);
  };
  model.on("msg:custom", focus);

  function listenToNaming(grid) {
    on(grid, "keydown", (event) => {
      if (!event.target.closest(".sda-level-name") || !["Enter", "Escape"].includes(event.key)) return;
      event.stopPropagation();
      model.send({ kind: "named", name: event.key === "Enter" ? event.target.value : null });
    }, true); // in the capture phase, before the field stops the event
  }

  let waiting = 0;
  function bind() {
    const main = host()?.querySelector(".sda-grid-main");
    const overview = host()?.querySelector(".sda-grid-overview");
    if (![main, overview].every((figure) => figure?.querySelector(".plotarea_background"))) {
      waiting = setTimeout(bind, 50);
      return;
    }
    main.tabIndex = 0;
    main.setAttribute("role", "grid");
    main.setAttribute("aria-label", model.get("label"));
    main.dataset.lmSuppressShortcuts = "true"; // otherwise JupyterLab handles these keys
    listenToGrabs(main);
    listenToPointer(main, { press: "press", drag: "drag", release: "release" });
    listenToClicks(main);
    listenToKeys(main);
    listenToWheel(main);
    listenToNaming(host());
    // A click on a button (by pointer: detail is not 0) returns keyboard focus to the grid.
    on(host(), "click", (event) => {
      if (event.detail && event.target.closest(".sda-toolbar button")) main.focus({ preventScroll: true });
    });
    listenToPointer(overview, { press: "look", drag: "look", release: "look" });
    model.on("change:label", () => main.setAttribute("aria-label", model.get("label")));
  }
  bind();
  return () => {
    clearTimeout(waiting);
    model.off("msg:custom", focus);
    listeners.forEach((remove) => remove());
  };
}

export default { render };
