// Follow drags on a node: `start` begins one unless it returns false, `move` gets at most one event in `pause` ms, and
// `end` the last one.
import { makeListeners } from "./dom.js";

export function followDrags(node, { start, move, end = () => {} }, { on } = makeListeners(), pause = 0) {
  let pointer = null;
  let moved = -Infinity;
  on(node, "pointerdown", (event) => {
    if (start(event) === false) return;
    pointer = event.pointerId;
    node.setPointerCapture(pointer);
  });
  on(node, "pointermove", (event) => {
    if (event.pointerId !== pointer || performance.now() - moved < pause) return;
    moved = performance.now();
    move(event);
  });
  on(node, "pointerup pointercancel", (event) => {
    if (event.pointerId !== pointer) return;
    pointer = null;
    end(event);
  });
}
