// Keys, pointer and wheel events of the code grid, sent to Python with positions as fractions of the plot (x, y in 0..1),
// so that this widget needs no state of the view.
import { consume, make, widget } from "../common/dom.js";
import { followDrags } from "../common/drag.js";
import { keyOf } from "../common/keys.js";
import { makeFocusable, place, plotBox, whenDrawn } from "../common/plot.js";

const DRAG_MS = 40;
const MIDDLE = 1;

export default widget((view) => {
  const { model, el, on, follow } = view;

  // Level names are left of the plot, frame numbers below it.
  function zone(figure, event) {
    const box = plotBox(figure);
    if (event.clientX < box.left) return "levels";
    return event.clientY > box.bottom ? "frames" : "plot";
  }

  const hasCtrl = (event) => event.ctrlKey || event.metaKey;

  // Alt-drag or the middle button pans the view; with the brush on, Alt is the brush's.
  const grabs = (event) => event.button === MIDDLE || (event.altKey && !model.get("brush"));

  function listenToPointer(figure, kinds) {
    let where = "plot";
    const send = (kind) => (event) => {
      const keys = { shift: event.shiftKey, ctrl: hasCtrl(event), alt: event.altKey };
      model.send({ kind, ...place(figure, event), ...keys, zone: where });
    };
    const start = (event) => {
      if (event.button !== 0 || grabs(event)) return false;
      figure.focus({ preventScroll: true });
      where = zone(figure, event);
      send(kinds.press)(event);
    };
    followDrags(figure, { start, move: send(kinds.drag), end: send(kinds.release) }, view, DRAG_MS);
  }

  function listenToGrabs(figure) {
    let last = 0; // the pointer's x
    const move = (event) => {
      const dx = (event.clientX - last) / plotBox(figure).width;
      last = event.clientX;
      if (dx) model.send({ kind: "grab", dx });
    };
    const start = (event) => {
      if (!grabs(event)) return false;
      event.preventDefault();
      figure.focus({ preventScroll: true });
      last = event.clientX;
    };
    followDrags(figure, { start, move, end: move }, view, DRAG_MS);
  }

  function listenToKeys(figure) {
    on(figure, "keydown", (event) => {
      if (!keyOf(model.get("keymap"), event)) return;
      model.send({ kind: "key", key: event.key, shift: event.shiftKey, ctrl: hasCtrl(event) });
      consume(event);
    });
  }

  // The picture has no cells in the page's own sense; the one under the cursor stands in it unseen.
  function describeCursor(figure) {
    const cell = make("span", { role: "gridcell", id: `${model.model_id}-cell` });
    figure.append(make("div", { role: "row", className: "sda-unseen" }, cell));
    figure.setAttribute("aria-activedescendant", cell.id);
    follow("cell", () => (cell.textContent = model.get("cell")));
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
      const isZoom = hasCtrl(event);
      const delta = isZoom ? event.deltaY : event.deltaX || (event.shiftKey ? event.deltaY : 0);
      if (!delta) return;
      event.preventDefault();
      sum += delta;
      const { x } = place(figure, event);
      timer ||= setTimeout(() => {
        model.send({ kind: isZoom ? "zoom" : "pan", delta: sum, x });
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

  function listenToNaming(grid) {
    on(grid, "keydown", (event) => {
      if (!event.target.closest(".sda-level-name") || !["Enter", "Escape"].includes(event.key)) return;
      event.stopPropagation();
      model.send({ kind: "named", name: event.key === "Enter" ? event.target.value : null });
    }, true); // in the capture phase, before the field stops the event
  }

  function bind(main, overview) {
    makeFocusable(main, "grid", model, view);
    describeCursor(main);
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
  }

  on(model, "msg:custom", focus);
  whenDrawn(() => [".sda-grid-main", ".sda-grid-overview"].map((one) => host()?.querySelector(one)), bind, view);
});
