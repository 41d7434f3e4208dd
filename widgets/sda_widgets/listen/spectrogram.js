// The picture of a spectrogram, behind the player's cursor and regions: levels over log frequency, onsets, pitch, and
// below it the recordings that each moment leans on. What it draws comes from Python, take by take and part by part.
import { consume, make } from "../common/dom.js";
import { keyOf } from "../common/keys.js";
import { clamp } from "../common/numbers.js";
import { colorOf } from "../common/theme.js";

const STOPS = 6; // colors from silence to the loudest, --sda-sound-0 …
const RANGE_DB = 80;
const LABELED = [[100, "100 Hz"], [1000, "1 kHz"], [10000, "10 kHz"]];
const LEAP = 1.12; // of pitch from one window to the next, at which the line is interrupted
const ONSET_PX = 10;

const channels = (color) => color.match(/[\d.]+/g).slice(0, 3).map(Number);

// Colors of 256 steps from silence to the loudest, [step][rgb].
function rampOf(el) {
  const stops = Array.from({ length: STOPS }, (_, at) => channels(colorOf(el, `--sda-sound-${at}`)));
  return Array.from({ length: 256 }, (_, step) => {
    const at = (step / 255) * (STOPS - 1);
    const low = Math.min(Math.floor(at), STOPS - 2);
    return stops[low].map((one, channel) => one + (at - low) * (stops[low + 1][channel] - one));
  });
}

// Levels as a picture of one pixel each, high bands at the top.
function pictureOf({ bands, columns, levels, lowest_db, step_db }, loudest, ramp) {
  const colors = new Uint8ClampedArray(4 * 256); // of every level, so that the loop over pixels only copies
  for (let level = 0; level < 256; level++) {
    const below = loudest - (lowest_db + step_db * level);
    colors.set([...ramp[Math.round(255 * clamp(1 - below / RANGE_DB, 0, 1))], 255], 4 * level);
  }
  const [table, image] = [new Uint32Array(colors.buffer), new ImageData(columns, bands)];
  const pixels = new Uint32Array(image.data.buffer);
  for (let band = 0; band < bands; band++) {
    const row = (bands - 1 - band) * columns;
    for (let column = 0; column < columns; column++) pixels[row + column] = table[levels[band * columns + column]];
  }
  const picture = new OffscreenCanvas(columns, bands);
  picture.getContext("2d").putImageData(image, 0, 0);
  return picture;
}

// Parts that follow each other and lean on one recording, together: [{ name, color, begin, end, parts }].
export function joined(leanings) {
  const groups = [];
  for (const one of leanings) {
    const last = groups.at(-1);
    if (last?.name === one.name) {
      last.end = one.end;
      last.parts.push(one);
    } else groups.push({ ...one, parts: [one] });
  }
  return groups;
}

// `play` gets the part of a sound whose recording is to be played, { begin, name, position }; `keymap` has the keys
// of the strip of recordings.
export function makeSpectrogram(el, play, keymap) {
  const canvas = make("canvas", { className: "sda-spectrogram", hidden: true });
  const axis = make("div", { className: "sda-spectrogram-axis", hidden: true, "aria-hidden": "true" });
  const strip = make("div", {
    className: "sda-leanings", tabIndex: 0, hidden: true, role: "listbox", "aria-orientation": "horizontal",
    "aria-label": "Recordings that the sound leans on. Left and Right choose, Enter plays one from there",
  });
  const known = new Map(); // take -> { levels …, pitch, leanings, isStale, picture }
  let shown = null; // { name, from, to }: the take, and the seconds at either end
  let ramp = null;
  let groups = [];
  let cursor = 0; // number of the group that keys act on

  const part = (name) => known.get(name) ?? known.set(name, {}).get(name);
  const loudest = () => Math.max(...[...known.values()].map((one) => one.loudest ?? -Infinity));
  const heightOf = (hertz, { low, high }) => 1 - Math.log(hertz / low) / Math.log(high / low);
  const across = (second) => (second - shown.from) / (shown.to - shown.from);

  function receive(message, buffers) {
    const one = part(message.name);
    if (message.kind === "levels") {
      const levels = new Uint8Array(buffers[0].buffer, buffers[0].byteOffset, buffers[0].byteLength);
      const most = levels.reduce((highest, level) => Math.max(highest, level), 0);
      known.set(message.name, { ...message, levels, loudest: message.lowest_db + message.step_db * most });
      for (const other of known.values()) other.picture = null; // all share one scale
    } else if (message.kind === "pitch") {
      const { buffer, byteOffset, byteLength } = buffers[0];
      one.pitch = new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
    } else if (message.kind === "leanings") {
      one.leanings = joined(message.leanings);
    } else return;
    draw();
  }

  // The take has changed: what is drawn stays, pale, until what is new has been computed.
  function outdate(name) {
    if (known.has(name)) part(name).isStale = true;
    draw();
  }

  function clear(name) {
    if (name === undefined) known.clear();
    else known.delete(name);
    draw();
  }

  function show(place) {
    shown = place;
    canvas.hidden = axis.hidden = !shown;
    draw();
  }

  function recolor() {
    ramp = null;
    for (const one of known.values()) one.picture = null;
    draw();
  }

  let frame = 0;
  function draw() {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(drawNow);
  }

  function drawNow() {
    const one = shown && known.get(shown.name);
    drawLeanings(one);
    if (!shown) return;
    const { clientWidth, clientHeight } = canvas;
    const scale = devicePixelRatio;
    canvas.width = Math.round(clientWidth * scale);
    canvas.height = Math.round(clientHeight * scale);
    const context = canvas.getContext("2d");
    context.scale(scale, scale);
    canvas.dataset.state = one?.levels ? (one.isStale ? "stale" : "drawn") : "waiting";
    if (!one?.levels) return;
    context.globalAlpha = one.isStale ? 0.4 : 1;
    ramp ??= rampOf(el);
    one.picture ??= pictureOf(one, loudest(), ramp);
    // The first column is measured around second 0.
    const first = shown.from / one.step + 0.5;
    const count = (shown.to - shown.from) / one.step;
    context.drawImage(one.picture, first, 0, count, one.bands, 0, 0, clientWidth, clientHeight);
    drawOnsets(context, one, clientWidth, clientHeight);
    if (one.pitch) drawPitch(context, one, clientWidth, clientHeight);
    const labels = LABELED.map(([hertz, text]) => {
      const label = make("span", {}, text);
      label.style.top = `${100 * heightOf(hertz, one)}%`;
      return label;
    });
    axis.replaceChildren(...labels);
  }

  // Twice, so that lines are seen on any level: wide in the color of silence, then in their own.
  function outlined(context, color, width, path) {
    for (const [stroke, lineWidth] of [["--sda-sound-0", width + 2.5], [color, width]]) {
      context.beginPath();
      path();
      Object.assign(context, { strokeStyle: colorOf(el, stroke), lineWidth, lineJoin: "round" });
      context.stroke();
    }
  }

  function drawOnsets(context, one, width, height) {
    const places = one.onsets.map((second) => across(second) * width).filter((x) => x >= -1 && x <= width + 1);
    outlined(context, "--sda-onset", 2, () => {
      for (const x of places) {
        context.moveTo(x, height);
        context.lineTo(x, height - ONSET_PX);
      }
    });
  }

  function drawPitch(context, one, width, height) {
    outlined(context, "--sda-pitch", 1.8, () => {
      let before = 0;
      for (let at = 0; at < one.pitch.length; at += 2) {
        const [second, hertz] = [one.pitch[at], one.pitch[at + 1]];
        const isJoined = before && Math.max(hertz / before, before / hertz) < LEAP;
        if (hertz) context[isJoined ? "lineTo" : "moveTo"](across(second) * width, heightOf(hertz, one) * height);
        before = hertz || 0; // NaN where there is no pitch
      }
    });
  }

  function drawLeanings(one) {
    strip.hidden = !one?.leanings?.length;
    if (strip.hidden) return;
    strip.dataset.state = one.isStale ? "stale" : "drawn";
    groups = one.leanings.filter(({ begin, end }) => end > shown.from && begin < shown.to);
    const chosen = document.activeElement === strip ? cursor : -1;
    strip.replaceChildren(...groups.map((group, number) => {
      const [left, right] = [group.begin, group.end].map((second) => 100 * clamp(across(second), 0, 1));
      const node = make("div", { role: "option", id: `${strip.id}-${number}` }, make("span", {}, group.name));
      Object.assign(node.style, { left: `${left}%`, width: `${right - left}%`, background: group.color });
      node.ariaSelected = String(number === chosen);
      node.ariaLabel = wordsOf(group.parts[0]);
      return node;
    }));
    strip.setAttribute("aria-activedescendant", chosen < 0 ? "" : `${strip.id}-${chosen}`);
  }

  const wordsOf = ({ name, position }) => `${name}, from ${position.toFixed(2)} s`;

  function partAt(event) {
    const { left, width } = strip.getBoundingClientRect();
    const second = shown.from + ((event.clientX - left) / width) * (shown.to - shown.from);
    return groups.flatMap(({ parts }) => parts).find(({ begin, end }) => begin <= second && second < end);
  }

  function onKey(event) {
    const act = keyOf(keymap, event)?.act;
    const by = { previous: -1, next: 1 }[act];
    if (by) cursor = clamp(cursor + by, 0, groups.length - 1);
    else if (act === "run" && groups[cursor]) play(groups[cursor].parts[0]);
    else return;
    consume(event);
    draw();
  }

  strip.id = `sda-leanings-${Math.random().toString(36).slice(2)}`;
  strip.addEventListener("pointermove", (event) => {
    const found = partAt(event);
    strip.title = found ? `${wordsOf(found)}. Click to play the recording there` : "";
  });
  strip.addEventListener("click", (event) => {
    const found = partAt(event);
    if (found) play(found);
  });
  strip.addEventListener("keydown", onKey);
  strip.addEventListener("focus", draw);
  strip.addEventListener("blur", draw);
  const sizes = new ResizeObserver(draw);
  sizes.observe(canvas);
  function close() {
    sizes.disconnect();
    cancelAnimationFrame(frame);
  }
  return { canvas, axis, strip, receive, outdate, clear, show, recolor, close };
}
