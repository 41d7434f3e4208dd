// A head from above: drag the dot around it. The rings are 0.5, 1, 2 and 4 m; up is in front.
const SIZE = 240;
const MIDDLE = SIZE / 2;
const NEAR = 0.25; // m, at the middle of the pad
const FAR = 5; // m, at its edge
const RINGS = [0.5, 1, 2, 4];
const LOWEST = -40; // degrees; lowest elevation measured in the bundled HRTF
const HIGHEST = 90;
const STEP = 5;

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const radius = (meters) => (MIDDLE - 12) * (Math.log(meters / NEAR) / Math.log(FAR / NEAR));
const meters = (pixels) => NEAR * (FAR / NEAR) ** clamp(pixels / (MIDDLE - 12), 0, 1);
const round = (value, to) => Math.round(value / to) * to;

function place(azimuth, distance) {
  const angle = (azimuth * Math.PI) / 180;
  const out = clamp(radius(distance), 0, MIDDLE - 12);
  return [MIDDLE - out * Math.sin(angle), MIDDLE - out * Math.cos(angle)];
}

function side(azimuth) {
  const turned = ((((azimuth + 180) % 360) + 360) % 360) - 180;
  if (Math.abs(turned) < 0.5) return "in front";
  if (Math.abs(Math.abs(turned) - 180) < 0.5) return "behind";
  return `${Math.abs(turned).toFixed(0)}° ${turned > 0 ? "left" : "right"}`;
}

function background() {
  const rings = RINGS.flatMap((one) => [
    draw("circle", { cx: MIDDLE, cy: MIDDLE, r: radius(one), class: "ring" }),
    draw("text", { x: MIDDLE + 3, y: MIDDLE + radius(one) - 3, class: "mark" }, `${one} m`),
  ]);
  const head = draw("g", { class: "head" },
    draw("path", { d: `M${MIDDLE - 4} ${MIDDLE - 11}l4 -6l4 6` }),
    draw("ellipse", { cx: MIDDLE, cy: MIDDLE, rx: 10, ry: 12 }),
    draw("ellipse", { cx: MIDDLE - 11, cy: MIDDLE, rx: 2, ry: 4 }),
    draw("ellipse", { cx: MIDDLE + 11, cy: MIDDLE, rx: 2, ry: 4 }));
  const names = [["front", MIDDLE, 10], ["back", MIDDLE, SIZE - 3]].map(([text, x, y]) =>
    draw("text", { x, y, class: "mark", "text-anchor": "middle" }, text));
  return [...rings, head, ...names];
}

function render({ model, el }) {
  el.classList.add("sda-pad");
  const way = draw("line", { class: "way" });
  const dot = handle("Beginning", "azimuth", "distance");
  const end = handle("End", "end_azimuth", "end_distance");
  const pad = draw("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, width: SIZE, height: SIZE, class: "above" },
    ...background(), way, end, dot);
  const height = document.createElement("input");
  Object.assign(height, { type: "range", min: LOWEST, max: HIGHEST, step: 1, className: "height" });
  height.setAttribute("aria-label", "Elevation in degrees");
  height.setAttribute("orient", "vertical");
  height.addEventListener("input", () => put({ elevation: Number(height.value) }));
  const said = document.createElement("output");
  const row = document.createElement("div");
  row.append(pad, height);
  el.append(row, said);

  function put(values) {
    for (const [name, value] of Object.entries(values)) model.set(name, value);
    model.save_changes();
    paint();
  }

  function handle(label, azimuth, distance) {
    const node = draw("circle", { r: 8, class: `dot ${azimuth}`, tabindex: 0, role: "slider" });
    node.dataset.label = label;
    const follow = (event) => {
      const box = pad.getBoundingClientRect();
      const scale = SIZE / box.width;
      const x = (event.clientX - box.left) * scale - MIDDLE;
      const y = (event.clientY - box.top) * scale - MIDDLE;
      const turned = round((Math.atan2(-x, -y) * 180) / Math.PI, 1);
      put({ [azimuth]: turned + 0, [distance]: round(meters(Math.hypot(x, y)), 0.05) });
    };
    node.addEventListener("pointerdown", (event) => {
      node.setPointerCapture(event.pointerId);
      node.focus();
      event.preventDefault();
    });
    node.addEventListener("pointermove", (event) => node.hasPointerCapture(event.pointerId) && follow(event));
    node.addEventListener("keydown", (event) => {
      const turn = { ArrowLeft: STEP, ArrowRight: -STEP }[event.key] ?? 0;
      const away = { ArrowUp: 1.25, ArrowDown: 0.8 }[event.key] ?? 1;
      if (!turn && away === 1) return;
      event.preventDefault();
      const turned = ((((model.get(azimuth) + turn + 180) % 360) + 360) % 360) - 180;
      put({ [azimuth]: turned, [distance]: round(clamp(model.get(distance) * away, NEAR, FAR), 0.05) });
    });
    return node;
  }

  function paint() {
    const points = [[dot, "azimuth", "distance"], [end, "end_azimuth", "end_distance"]].map(([node, a, d]) => {
      const [x, y] = place(model.get(a), model.get(d));
      node.setAttribute("cx", x);
      node.setAttribute("cy", y);
      const words = `${side(model.get(a))}, ${model.get(d).toFixed(2)} m`;
      node.setAttribute("aria-label", node.dataset.label);
      node.setAttribute("aria-valuenow", model.get(a));
      node.setAttribute("aria-valuetext", words);
      return [x, y, words];
    });
    const moves = model.get("moves");
    const [[x1, y1, from], [x2, y2, to]] = points;
    for (const [name, value] of Object.entries({ x1, y1, x2, y2 })) way.setAttribute(name, value);
    way.style.display = end.style.display = moves ? "" : "none";
    height.value = model.get("elevation");
    const up = model.get("elevation");
    const high = up ? `, ${Math.abs(up).toFixed(0)}° ${up > 0 ? "up" : "down"}` : "";
    said.textContent = moves ? `${from} → ${to}${high}` : `${from}${high}`;
  }

  model.on("change", paint);
  paint();
  return () => model.off("change", paint);
}
export default { render };
