// Sliders, XY pad and curve lane. Shows what Python sets and sends user input. Names and labels may come from files,
// so they only ever become text, never markup.

const SEND_MS = 40; // at most one message of a drag in this time
const ANSWER_MS = 2000; // longest wait for an answer before the next message is sent anyway
const SETTLE_MS = 200; // a knob or key that has not moved for this long counts as released
const DOUBLE_MS = 400;
const ECHO_MS = 2000; // how long after a release older values from Python are ignored
const GRID = 20; // thumbs snap to 1/GRID steps, so that 0 is among them
const INSET = 7; // px; a thumb's middle stays this far from the ends of its track
const PAD_STEP = 0.25;
const HIT_PX = 10;
const SEVERITIES = ["unknown", "safe", "warning", "danger"]; // from mild to severe; axes are unknown
const ZONE_WORDS = { unknown: "", safe: "✓", warning: "▲ warning", danger: "✕ danger" };
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };
const SHACKLES = { open: "M4.5 7V4.5a2.5 2.5 0 0 1 4.8-1", closed: "M4.5 7V4.5a2.5 2.5 0 0 1 5 0V7" };
const CONTROL_CHANGE = 0xb0;

// --- small helpers ---------------------------------------------------------------------------------------------------

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const fraction = (value, low, high) => (high > low ? clamp((value - low) / (high - low), 0, 1) : 0);
const percent = (part) => `${100 * part}%`;
const inset = (part) => `calc(${INSET}px + (100% - ${2 * INSET}px) * ${part})`;

// Throttle the messages of a drag: the newest one, at most every SEND_MS and only after the last was answered, so that
// a slow model lags by one message at most. `finish` sends at once and discards what is pending.
function throttle(send) {
  let last = -Infinity;
  let timer = 0;
  let newest = null; // not sent yet
  let unanswered = false;
  const flush = () => {
    timer = 0;
    last = performance.now();
    unanswered = true;
    const message = newest;
    newest = null;
    send(message);
  };
  const plan = () => {
    clearTimeout(timer);
    timer = setTimeout(flush, Math.max(0, last + (unanswered ? ANSWER_MS : SEND_MS) - performance.now()));
  };
  return {
    push(message) {
      newest = message;
      if (!timer) plan();
    },
    finish(message) {
      clearTimeout(timer);
      newest = message;
      flush();
    },
    answered() {
      unanswered = false;
      if (newest) plan();
    },
    stop: () => clearTimeout(timer),
  };
}

// --- meaning of a step -----------------------------------------------------------------------------------------------

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

function readout(slider, step) {
  const change = feature(slider, step) - feature(slider, 0);
  const size = Math.abs(change) >= 1000 ? Number(Math.abs(change).toPrecision(3)) : Math.abs(change);
  const text = size.toFixed(decimals(slider));
  return Number(text) === 0 ? "0" : `${change < 0 ? "-" : "+"}${text} ${slider.unit ?? ""}`.trim();
}

// On the border of two zones the milder one applies.
function zoneAt({ zones }, step) {
  const holds = (severity) => zones?.some(([from, to, name]) => name === severity && from <= step && step <= to);
  return SEVERITIES.find(holds) ?? "safe";
}

function zoneGradient({ zones }, low, high, direction, suffix = "") {
  const stops = (zones?.length ? zones : [[low, high, "safe"]]).map(([from, to, name]) => {
    const color = `var(--sda-zone-${SEVERITIES.includes(name) ? name : "safe"}${suffix})`;
    return `${color} ${inset(fraction(from, low, high))}, ${color} ${inset(fraction(to, low, high))}`;
  });
  return `linear-gradient(${direction}, ${stops.join(", ")})`;
}

// --- values ----------------------------------------------------------------------------------------------------------

// Current slider positions on the page. A slider that the user is dragging ignores Python's values until it has been
// released and Python has caught up.
function makeStand(model, redraw) {
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

  function isAnswer(name, value) {
    const wait = awaited.get(name);
    if (held.has(name)) return false;
    if (!wait || Math.abs(wait.value - value) < 1e-6 || performance.now() >= wait.until) {
      awaited.delete(name);
      return true;
    }
    clearTimeout(recheck);
    recheck = setTimeout(take, ECHO_MS);
    return false;
  }

  function take() {
    const values = model.get("values");
    for (const { name } of model.get("sliders")) {
      const value = values[name] ?? 0;
      if (isAnswer(name, value)) current.set(name, value);
    }
    redraw();
  }

  // Move sliders (an object of steps by name); `message` reports it to Python.
  function move(key, values, done, message) {
    for (const [name, value] of Object.entries(values)) {
      current.set(name, value);
      if (done) awaited.set(name, { value, until: performance.now() + ECHO_MS });
      held[done ? "delete" : "add"](name);
    }
    clearTimeout(settling.get(key));
    sender(key)[done ? "finish" : "push"]({ ...message, done });
    redraw();
  }

  function settle(key, values, message) {
    move(key, values, false, message);
    settling.set(key, setTimeout(() => move(key, values, true, message), SETTLE_MS));
  }

  const single = (name, value) => [`slider ${name}`, { [name]: value }, { kind: "move", name, value }];
  return {
    take,
    at: (name) => current.get(name) ?? 0,
    holds: (name) => held.has(name),
    moveOne(name, value, done) {
      const [key, values, message] = single(name, value);
      move(key, values, done, message);
    },
    settleOne: (name, value) => settle(...single(name, value)),
    movePad: (message, done) => move("pad", message.values, done, message),
    letAllGo: () => held.clear(),
    settlePad: (message) => settle("pad", message.values, message),
    answered: () => senders.forEach((one) => one.answered()),
    stop() {
      clearTimeout(recheck);
      settling.forEach(clearTimeout);
      senders.forEach((one) => one.stop());
    },
  };
}

// --- one slider ------------------------------------------------------------------------------------------------------

function lockIcon() {
  const lines = { fill: "none", stroke: "currentColor", "stroke-width": 1.4 };
  return draw(
    "svg",
    { viewBox: "0 0 14 14", width: 14, height: 14, "aria-hidden": "true" },
    draw("path", { ...lines, class: "sda-open", d: SHACKLES.open }),
    draw("path", { ...lines, class: "sda-closed", d: SHACKLES.closed }),
    draw("rect", { x: 2.5, y: 7, width: 9, height: 5.5, rx: 1.2, fill: "currentColor" }),
  );
}

function makeRow(name, { model, stand, midi }) {
  const label = make("span", { className: "sda-label" });
  const zone = make("span", { className: "sda-zone" });
  const change = make("span", { className: "sda-change" });
  const range = make("input", { type: "range", step: 1 / GRID });
  const lock = make("button", { type: "button", className: "sda-lock", title: "Random leaves it alone" }, lockIcon());
  const learn = make("button", { type: "button", className: "sda-learn" });
  const why = make("span", { className: "sda-why" });
  const node = make("div", { className: "sda-slider" }, label, zone, change, range, lock, learn, why);
  node.dataset.name = name;
  let slider = null;

  function describe(described) {
    slider = described;
    const [low, high] = [Math.ceil(slider.low * GRID - 1e-6) / GRID, Math.floor(slider.high * GRID + 1e-6) / GRID];
    const zero = inset(fraction(0, low, high));
    Object.assign(range, { min: low, max: high, title: slider.tip ?? "", disabled: Boolean(slider.why_off) });
    range.setAttribute("aria-label", slider.label);
    range.style.setProperty("--sda-track", zoneGradient(slider, low, high, "90deg"));
    range.style.setProperty("--sda-zero", zero);
    label.textContent = slider.label;
    label.title = slider.tip ?? "";
    lock.setAttribute("aria-label", `Lock ${slider.label}`);
    lock.disabled = learn.disabled = range.disabled;
    why.textContent = slider.why_off ?? "";
    why.hidden = !slider.why_off;
    node.dataset.off = range.disabled;
    show();
  }

  function show() {
    const value = stand.at(name);
    const [text, where] = [readout(slider, value), zoneAt(slider, value)];
    if (range.valueAsNumber !== value) range.value = value;
    change.textContent = text;
    node.dataset.zone = where;
    zone.textContent = ZONE_WORDS[where];
    range.setAttribute("aria-valuetext", ["unknown", "safe"].includes(where) ? text : `${text}, ${where}`);
    showButtons();
  }

  function showButtons() {
    const source = model.get("midi")[name];
    const waits = model.get("learning") === name;
    const [channel, controller] = (source ?? ":").split(":");
    lock.setAttribute("aria-pressed", model.get("locks").includes(name));
    learn.setAttribute("aria-pressed", waits);
    learn.dataset.mapped = Boolean(source);
    learn.textContent = source ? `CC${controller}` : "MIDI";
    learn.setAttribute("aria-label", `${source ? `Controller ${controller}` : "MIDI"} for ${slider.label}`);
    learn.title = source
      ? `Channel ${Number(channel) + 1}, controller ${controller}. Click to forget it`
      : waits ? "Turn the knob that shall move it, or click again" : "Move it with a knob: click, then turn the knob";
  }

  const move = (value, done) => stand.moveOne(name, value, done);
  range.addEventListener("input", () => move(range.valueAsNumber, false));
  range.addEventListener("change", () => move(range.valueAsNumber, true));
  // The browser sends no change event when a slider is released where it was grabbed.
  const letGo = () => setTimeout(() => stand.holds(name) && move(range.valueAsNumber, true), 0);
  for (const type of ["pointerup", "pointercancel"]) range.addEventListener(type, letGo);
  range.addEventListener("dblclick", () => !range.disabled && move(0, true));
  range.addEventListener("keydown", (event) => {
    if (event.key !== "0" || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    move(0, true);
  });
  lock.addEventListener("click", () => {
    const on = lock.getAttribute("aria-pressed") !== "true";
    lock.setAttribute("aria-pressed", on); // at once, so that the button responds even while the kernel is busy
    post(model, { kind: "lock", name, on });
  });
  learn.addEventListener("click", () => midi.press(name));
  return { node, describe, show };
}

// --- MIDI ------------------------------------------------------------------------------------------------------------

function makeMidi(model, stand) {
  let access = null;
  let asked = false;
  let gone = false;

  function tell(trait, value) {
    if (model.get(trait) === value) return;
    model.set(trait, value);
    model.save_changes();
  }

  function heard({ data: [status, controller, amount] }) {
    if ((status & 0xf0) !== CONTROL_CHANGE) return;
    const source = `${status & 0x0f}:${controller}`;
    const name = model.get("learning");
    if (name) {
      tell("learning", "");
      post(model, { kind: "map", name, source });
      return;
    }
    const mapped = model.get("midi");
    for (const { name, low, high, why_off } of model.get("sliders")) {
      if (mapped[name] === source && !why_off) stand.settleOne(name, low + (amount / 127) * (high - low));
    }
  }

  const listen = () => access.inputs.forEach((input) => (input.onmidimessage = heard));

  async function ask() {
    if (asked || gone) return;
    if (!navigator.requestMIDIAccess) return fail("no MIDI in this browser");
    asked = true;
    try {
      access = await navigator.requestMIDIAccess();
    } catch {
      asked = false;
      return fail("denied");
    }
    if (gone) return;
    access.onstatechange = listen; // also for a device plugged in later
    listen();
    tell("midi_state", "listening");
  }

  function fail(state) {
    if (gone) return;
    tell("midi_state", state);
    tell("learning", "");
  }

  function press(name) {
    if (model.get("midi")[name]) post(model, { kind: "forget", name });
    else if (model.get("learning") === name) tell("learning", "");
    else {
      tell("learning", name);
      post(model, { kind: "learn", name });
    }
    ask();
  }

  function stop() {
    gone = true;
    if (!access) return;
    access.onstatechange = null;
    access.inputs.forEach((input) => (input.onmidimessage = null));
  }

  return { press, stop, askIfMapped: () => Object.keys(model.get("midi")).length && ask() };
}

function midiText(model) {
  const waiting = model.get("sliders").find(({ name }) => name === model.get("learning"));
  const state = model.get("midi_state");
  if (state === "denied") return "The browser denied MIDI";
  if (state === "no MIDI in this browser") return "No MIDI in this browser";
  return waiting ? `Turn a knob for ${waiting.label}` : "";
}

// --- XY pad ----------------------------------------------------------------------------------------------------------

function makePad({ model, stand }) {
  const dot = make("div", { className: "sda-dot" });
  const cross = ["x", "y"].map((axis) => make("div", { className: `sda-zero-${axis}` }));
  const area = make("div", { className: "sda-area", tabIndex: 0, role: "application" }, ...cross, dot);
  const selects = { x: make("select"), y: make("select") };
  const choices = Object.entries(selects).map(([axis, select]) =>
    make("label", {}, make("span", { textContent: axis === "x" ? "→" : "↑" }), select),
  );
  selects.x.setAttribute("aria-label", "Slider from left to right");
  selects.y.setAttribute("aria-label", "Slider from bottom to top");
  const node = make("div", { className: "sda-pad" }, area, make("div", { className: "sda-choices" }, ...choices));
  let axes = null; // the two sliders { x, y }

  function describe() {
    const sliders = model.get("sliders");
    const [x, y] = ["x", "y"].map((axis) => sliders.find(({ name }) => name === model.get("pad")[axis]));
    axes = x && y && x !== y ? { x, y } : null;
    node.hidden = !axes;
    if (!axes) return;
    for (const axis of ["x", "y"]) {
      const options = sliders.map(({ name, label, why_off }) =>
        make("option", { value: name, textContent: label, disabled: Boolean(why_off) }),
      );
      selects[axis].replaceChildren(...options);
      selects[axis].value = axes[axis].name;
    }
    node.dataset.off = Boolean(x.why_off || y.why_off);
    area.style.background = [zoneGradient(x, x.low, x.high, "90deg", "-faint"),
      zoneGradient(y, y.low, y.high, "0deg", "-faint")].join(", ");
    cross[0].style.left = inset(fraction(0, x.low, x.high));
    cross[1].style.bottom = inset(fraction(0, y.low, y.high));
    show();
  }

  function show() {
    if (!axes) return;
    const { x, y } = axes;
    const steps = [stand.at(x.name), stand.at(y.name)];
    dot.style.left = inset(fraction(steps[0], x.low, x.high));
    dot.style.bottom = inset(fraction(steps[1], y.low, y.high));
    const zones = [zoneAt(x, steps[0]), zoneAt(y, steps[1])];
    area.dataset.zone = SEVERITIES.findLast((severity) => zones.includes(severity));
    const texts = [`${x.label} ${readout(x, steps[0])}`, `${y.label} ${readout(y, steps[1])}`];
    area.setAttribute("aria-label", `Pad, arrows move it: ${texts.join(", ")}`);
    area.title = texts.join(", ");
  }

  const message = (across, up) => {
    const { x, y } = axes;
    const values = { [x.name]: clamp(across, x.low, x.high), [y.name]: clamp(up, y.low, y.high) };
    return { kind: "pad", x: x.name, y: y.name, values };
  };

  function pointed(event) {
    const box = area.getBoundingClientRect();
    const [width, height] = [box.width - 2 * INSET, box.height - 2 * INSET];
    const [across, up] = [(event.clientX - box.left - INSET) / width, (box.bottom - INSET - event.clientY) / height];
    const place = ({ low, high }, part) => Math.round((low + part * (high - low)) * 100) / 100;
    return message(place(axes.x, across), place(axes.y, up));
  }

  let dragging = false;
  area.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || node.dataset.off === "true") return;
    dragging = true;
    area.setPointerCapture(event.pointerId);
    stand.movePad(pointed(event), false);
  });
  area.addEventListener("pointermove", (event) => dragging && axes && stand.movePad(pointed(event), false));
  for (const type of ["pointerup", "pointercancel"]) {
    area.addEventListener(type, (event) => {
      if (dragging && axes) stand.movePad(pointed(event), true);
      dragging = false;
    });
  }
  area.addEventListener("keydown", (event) => {
    const zero = event.key === "0";
    if (!(zero || event.key in ARROWS) || node.dataset.off === "true" || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const [across, up] = zero ? [0, 0] : ARROWS[event.key];
    const from = ({ name }) => (zero ? 0 : stand.at(name));
    stand.settlePad(message(from(axes.x) + PAD_STEP * across, from(axes.y) + PAD_STEP * up));
  });
  // Choosing the other axis' slider swaps the two.
  for (const axis of ["x", "y"]) {
    selects[axis].addEventListener("change", () => {
      const other = axis === "x" ? "y" : "x";
      const chosen = { ...model.get("pad"), [axis]: selects[axis].value };
      if (chosen.x === chosen.y) chosen[other] = model.get("pad")[axis];
      selects[other].value = chosen[other];
      const values = Object.fromEntries([chosen.x, chosen.y].map((name) => [name, stand.at(name)]));
      post(model, { kind: "pad", x: chosen.x, y: chosen.y, values, done: true });
    });
  }
  return { node, describe, show };
}

// --- curve lane ------------------------------------------------------------------------------------------------------

function makeLane({ model }) {
  const zero = draw("line", { x1: 0, x2: "100%", class: "sda-zero" });
  const lines = draw("g", { class: "sda-lines" });
  const circles = draw("g");
  const svg = draw("svg", { role: "group" }, zero, lines, circles);
  const hint = make("div", { className: "sda-hint", textContent: "Click to draw how it changes over time" });
  const plot = make("div", { className: "sda-lane-plot" }, svg, hint);
  const title = make("span");
  const reading = make("span", { className: "sda-change" });
  const end = make("span");
  const node = make(
    "div",
    { className: "sda-lane" },
    make("div", { className: "sda-lane-head" }, title, reading),
    plot,
    make("div", { className: "sda-lane-foot" }, make("span", { textContent: "0 s" }), end),
  );
  let slider = null;
  let seconds = 0;
  let points = []; // [second, step], in order of time
  let taken = null; // the point being dragged
  let changed = false;
  let pressed = { point: null, at: 0 }; // the last press on an existing point

  const left = (second) => percent(fraction(second, 0, seconds));
  const top = (step) => percent(1 - fraction(step, slider.low, slider.high));

  function describe() {
    const curve = model.get("curve");
    const found = model.get("sliders").find(({ name }) => name === curve.name);
    if (taken && found && found.name === slider.name) return; // a point is being dragged
    slider = found;
    taken = null;
    node.hidden = !slider;
    if (!slider) return;
    seconds = curve.seconds;
    points = curve.points.map((point) => [...point]);
    title.textContent = `${slider.label} over time`;
    end.textContent = `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
    zero.setAttribute("y1", top(0));
    zero.setAttribute("y2", top(0));
    plot.style.background = zoneGradient(slider, slider.low, slider.high, "0deg", "-faint");
    show();
  }

  function show() {
    points.sort((one, other) => one[0] - other[0]);
    const ends = points.length ? [[0, points[0][1]], ...points, [seconds, points.at(-1)[1]]] : [];
    const pieces = ends.slice(1).map(([second, step], index) => {
      const [before, from] = ends[index];
      return draw("line", { x1: left(before), y1: top(from), x2: left(second), y2: top(step) });
    });
    lines.replaceChildren(...pieces);
    circles.replaceChildren(
      ...points.map((point) => {
        const [cx, cy] = [left(point[0]), top(point[1])];
        const dot = draw("circle", { cx, cy, r: point === taken ? 6 : 4.5, "data-zone": zoneAt(slider, point[1]) });
        dot.append(draw("title"));
        dot.firstChild.textContent = "Drag to move, double-click to remove";
        return dot;
      }),
    );
    hint.hidden = points.length > 0;
    reading.textContent = taken ? `${taken[0].toFixed(2)} s, ${readout(slider, taken[1])}` : "";
    svg.setAttribute("aria-label", `${slider.label} over ${end.textContent}, ${points.length} points`);
  }

  function place(event) {
    const box = svg.getBoundingClientRect();
    const second = clamp((event.clientX - box.left) / box.width, 0, 1) * seconds;
    const up = clamp((box.bottom - event.clientY) / box.height, 0, 1);
    const step = Math.round((slider.low + up * (slider.high - slider.low)) * GRID) / GRID;
    return [Math.min(Math.round(second * 1000) / 1000, seconds), clamp(step, slider.low, slider.high)];
  }

  // Found by distance: circles are redrawn all the time and are too small for fingers.
  function near(event) {
    const box = svg.getBoundingClientRect();
    const away = ([second, step]) =>
      Math.hypot(
        event.clientX - box.left - fraction(second, 0, seconds) * box.width,
        box.bottom - event.clientY - fraction(step, slider.low, slider.high) * box.height,
      );
    const closest = [...points].sort((one, other) => away(one) - away(other))[0];
    return closest && away(closest) <= HIT_PX ? closest : null;
  }

  // No dblclick event: a double-click on empty space must add a point and keep it.
  function remove(point) {
    points = points.filter((one) => one !== point);
    show();
    send();
  }

  const send = () => post(model, { kind: "curve", name: slider.name, points: points.map((point) => [...point]) });
  const off = () => !slider || Boolean(slider.why_off);

  svg.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || off()) return;
    event.preventDefault();
    svg.setPointerCapture(event.pointerId);
    const point = near(event);
    const twice = point && point === pressed.point && event.timeStamp - pressed.at < DOUBLE_MS;
    pressed = { point, at: event.timeStamp };
    if (twice) return remove(point);
    taken = point ?? place(event);
    changed = !point;
    if (!point) points.push(taken);
    show();
  });
  svg.addEventListener("pointermove", (event) => {
    if (!taken) return;
    const [second, step] = place(event);
    if (!changed && Math.hypot(event.movementX, event.movementY) === 0) return;
    changed = true;
    pressed.point = null;
    [taken[0], taken[1]] = [second, step];
    show();
  });
  for (const type of ["pointerup", "pointercancel"]) {
    svg.addEventListener(type, () => {
      if (!taken) return;
      taken = null;
      show();
      if (changed) send();
    });
  }
  return { node, describe };
}

// --- the panel -------------------------------------------------------------------------------------------------------

function render({ model, el }) {
  const list = make("div", { className: "sda-slider-list" });
  const note = make("div", { className: "sda-midi-note", role: "status" });
  const rows = new Map();
  const stand = makeStand(model, () => {
    rows.forEach((row) => row.show());
    pad.show();
  });
  const midi = makeMidi(model, stand);
  const pad = makePad({ model, stand });
  const lane = makeLane({ model });
  const root = make("div", { className: "sda-sliders" }, list, note, pad.node, lane.node);
  root.dataset.lmSuppressShortcuts = "true"; // otherwise JupyterLab handles these keys
  el.append(root);

  // Keep the rows while the sliders are the same: replacing one would interrupt its drag.
  function describe() {
    const sliders = model.get("sliders");
    const names = sliders.map(({ name }) => name);
    if (names.join("\n") !== [...rows.keys()].join("\n")) {
      rows.clear();
      stand.letAllGo();
      names.forEach((name) => rows.set(name, makeRow(name, { model, stand, midi })));
      list.replaceChildren(...[...rows.values()].map((row) => row.node));
    }
    sliders.forEach((slider) => rows.get(slider.name).describe(slider));
    pad.describe();
    lane.describe();
    stand.take();
    notes();
  }

  function notes() {
    rows.forEach((row) => row.show());
    note.textContent = midiText(model);
    note.hidden = !note.textContent;
  }

  const mapped = () => {
    midi.askIfMapped();
    notes();
  };
  const heard = {
    "change:sliders": describe, "change:values": stand.take, "change:locks": notes, "change:midi": mapped,
    "change:learning": notes, "change:midi_state": notes, "change:pad": pad.describe, "change:curve": lane.describe,
    "msg:custom": ({ kind }) => kind === "answered" && stand.answered(),
  };
  for (const [name, act] of Object.entries(heard)) model.on(name, act);
  describe();
  mapped();
  return () => {
    for (const [name, act] of Object.entries(heard)) model.off(name, act);
    midi.stop();
    stand.stop();
  };
}

export default { render };
