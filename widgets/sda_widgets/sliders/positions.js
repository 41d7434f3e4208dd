// Slider positions on the page while they are dragged, and the messages that report them.
import { post } from "../common/dom.js";
import { throttle } from "../common/throttle.js";

const SETTLE_MS = 200; // a knob or key that has not moved for this long counts as released
const ECHO_MS = 2000; // how long after a release older values from Python are ignored

// Current slider positions on the page. A slider that the user is dragging ignores Python's values until it has been
// released and Python has caught up.
export function makePositions(model, redraw) {
  const current = new Map();
  const held = new Set();
  const awaited = new Map(); // name -> { value, until }
  const senders = new Map();
  const settling = new Map();
  let recheck = 0;

  function sender(key) {
    if (!senders.has(key)) senders.set(key, throttle((message) => post(model, message)));
    return senders.get(key);
  }

  function accepts(name, value) {
    const wait = awaited.get(name);
    if (held.has(name)) return false;
    if (!wait || Math.abs(wait.value - value) < 1e-6 || performance.now() >= wait.until) {
      awaited.delete(name);
      return true;
    }
    clearTimeout(recheck);
    recheck = setTimeout(update, ECHO_MS);
    return false;
  }

  function update() {
    const values = model.get("values");
    for (const { name } of model.get("sliders")) {
      const value = values[name] ?? 0;
      if (accepts(name, value)) current.set(name, value);
    }
    redraw();
  }

  // Move sliders as a message to Python says: `name` to `value`, or all of `values`.
  function move(message, done) {
    const key = message.kind === "pad" ? "pad" : `slider ${message.name}`;
    for (const [name, value] of Object.entries(message.values ?? { [message.name]: message.value })) {
      current.set(name, value);
      if (done) awaited.set(name, { value, until: performance.now() + ECHO_MS });
      held[done ? "delete" : "add"](name);
    }
    clearTimeout(settling.get(key));
    sender(key)[done ? "finish" : "push"]({ ...message, done });
    redraw();
    return key;
  }

  return {
    update,
    move,
    // Move by a knob or key, which counts as released once it rests.
    settle(message) {
      const key = move(message, false);
      settling.set(key, setTimeout(() => move(message, true), SETTLE_MS));
    },
    at: (name) => current.get(name) ?? 0,
    isHeld: (name) => held.has(name),
    releaseAll: () => held.clear(),
    answered: () => senders.forEach((one) => one.answered()),
    stop() {
      clearTimeout(recheck);
      settling.forEach(clearTimeout);
      senders.forEach((one) => one.stop());
    },
  };
}
