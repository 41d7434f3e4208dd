// The player: wavesurfer.js draws the waveform and the region, the engine beside it plays.
// Python sends takes as messages; the page reports its position a few times a second and moves the grid's playheads
// itself at the screen's rate. A position set elsewhere seeks.
import WaveSurfer from "wavesurfer.js";
import Regions from "wavesurfer.js/plugins/regions";
import { consume, keepKeys, make, makeButton, post, setTrait, widget } from "../common/dom.js";
import { actOn, hint, isOurs, isTyping, keepsSpace, keyOf } from "../common/keys.js";
import { colorOf, followTheme } from "../common/theme.js";
import { Engine } from "./engine.js";
import { samplesOf } from "./pcm.js";
import { rulerMarks } from "./ruler.js";
import { makeSpectrogram } from "./spectrogram.js";

const EDITED = "Edited";
const BESIDES = new Set(["Original", "Blend"]); // takes that no digit chooses
const REPORT_MS = 200;
const SEEK_SECONDS = 0.25;
const REGION = "color-mix(in srgb, var(--sda-accent) 12%, transparent)";
const METER_MS = 60;
const METER_FLOOR = -60; // lower end of the meters in dB
const BEAT_MS = 150; // between questions for what has been computed of a spectrogram
const VIEW_KEY = "sda-player-view"; // of the browser's storage
const QUIETEST = 0.001; // sounds below -60 dB are drawn as silence

const MARKUP = `
  <div class="sda-bar" role="toolbar" aria-label="Player">
    <button class="sda-play" aria-label="Play or stop"></button>
    <button class="sda-loop" aria-pressed="false">Loop</button>
    <span class="sda-takes" role="radiogroup" aria-label="Take"></span>
    <span class="sda-meters" title="Peak in dB of full scale, and momentary loudness in LUFS (BS.1770), of what is heard">
      <span>Peak</span><i class="sda-meter" data-of="peak"></i><output>–</output>
      <span>LUFS</span><i class="sda-meter" data-of="lufs"></i><output>–</output>
    </span>
    <span class="sda-peak" title="Peak level of this take. Where a take exceeds full scale, all are played at one lower level to stay below it, until another sound comes"></span>
    <span class="sda-clock">0.00 <i>/ 0.00 s</i></span>
  </div>
  <div class="sda-ruler" aria-hidden="true"></div>
  <div class="sda-wave" tabindex="0" role="group" aria-label="Waveform; a drag selects a region"></div>`;

const ICON = {
  play: '<svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true"><path d="M2 1l9 5-9 5z"/></svg>',
  spectrogram: '<svg viewBox="0 0 16 14" width="16" height="14" aria-hidden="true"><path d="M1 12h14M1 8.5h9M1 5h12M1 1.5h4"/></svg>',
  pause: '<svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true"><path d="M2 1h3v10H2zM7 1h3v10H7z"/></svg>',
};

export default widget(({ model, el, on, onStop, follow }) => {
  el.classList.add("sda-player");
  el.innerHTML = MARKUP;
  const find = (selector) => el.querySelector(selector);

  const regions = Regions.create();
  const wave = WaveSurfer.create({
    container: find(".sda-wave"),
    height: "auto",
    cursorWidth: 2,
    hideScrollbar: true,
    dragToSeek: false,
    peaks: [[0, 0]],
    duration: 1,
    plugins: [regions],
  });
  // Where the picture was hidden while it was drawn, it has the height of a picture without a place.
  let tall = 0;
  const heights = new ResizeObserver(([{ contentRect }]) => {
    if (contentRect.height && contentRect.height !== tall) wave.setOptions({ height: "auto" });
    tall = contentRect.height;
  });
  heights.observe(find(".sda-wave"));
  onStop(() => heights.disconnect());
  const engine = new Engine(() => { paint(); showPosition(true); });
  let playheads = [];
  let frame = 0;
  let reported = 0;

  const colors = () => ({
    waveColor: isSpectrogram() ? "transparent" : colorOf(el, "--sda-wave"),
    progressColor: isSpectrogram() ? "transparent" : colorOf(el, "--sda-wave-played"),
    cursorColor: colorOf(el, "--sda-accent"),
  });

  // --- the other picture ---------------------------------------------------------------------------------------

  const spectrogram = makeSpectrogram(el, ({ begin, name, position }) => {
    engine.seek(begin);
    showPosition(true);
    post(model, { kind: "leaning", name, position });
  }, model.get("leanings_keymap"));
  const viewButton = makeButton("", () => keepView(isSpectrogram() ? "waveform" : "spectrogram"), {
    className: "sda-view", "aria-label": "Spectrogram",
    title: "Spectrogram: frequencies over time with onsets, pitch and the recordings that the sound leans on",
  });
  viewButton.innerHTML = ICON.spectrogram;
  find(".sda-wave").prepend(spectrogram.canvas);
  find(".sda-wave").append(spectrogram.axis);
  find(".sda-wave").after(spectrogram.strip);
  find(".sda-takes").after(viewButton);

  function isSpectrogram() {
    return model.get("view") === "spectrogram" && !model.get("blind");
  }

  function keepView(view) {
    try {
      localStorage.setItem(VIEW_KEY, view);
    } catch {} // a browser that keeps nothing for pages
    setTrait(model, "view", view);
  }

  function rememberView() {
    try {
      const kept = localStorage.getItem(VIEW_KEY);
      if (kept && model.get("has_spectrogram") && kept !== model.get("view")) setTrait(model, "view", kept);
    } catch {} // the same
  }

  // The seconds at the left and right end of the picture: those of the grid for a spectrogram, else the whole sound.
  function shownSeconds() {
    const [from, to] = isSpectrogram() && model.get("window").length ? model.get("window") : [0, engine.duration];
    return { from, to: Math.max(to, from + 0.001) };
  }

  function showView() {
    const isOn = isSpectrogram();
    viewButton.hidden = !model.get("has_spectrogram") || model.get("blind");
    viewButton.ariaPressed = isOn;
    el.dataset.view = isOn ? "spectrogram" : "waveform";
    wave.setOptions(colors());
    fitWindow();
  }

  // wavesurfer draws from the sound's first second to its last; it covers as much of the picture as the sound does.
  function fitWindow() {
    const { from, to } = shownSeconds();
    const [begin, end] = [Math.max(0, from), Math.min(engine.duration, to)];
    const { host } = wave.getWrapper().getRootNode();
    const share = (second) => `${(100 * (second - from)) / (to - from)}%`;
    Object.assign(host.style, { marginLeft: share(begin), width: `calc(${share(end)} - ${share(begin)})` });
    if (wave.getDecodedData()) {
      wave.zoom(isSpectrogram() ? host.clientWidth / Math.max(end - begin, 0.001) : 0);
      wave.setScrollTime(begin);
    }
    spectrogram.show(isSpectrogram() ? { name: engine.active, from, to } : null);
    drawRuler();
  }

  function drawRuler() {
    const { from, to } = shownSeconds();
    const marks = rulerMarks(to - from, from).map(({ at, label }) => `<span style="left:${100 * at}%">${label}</span>`);
    find(".sda-ruler").innerHTML = marks.join("");
  }

  // A sideways wheel pans, Ctrl + wheel zooms, in the grid too; an ordinary wheel scrolls the page.
  function onWheel(event) {
    const isZoom = event.ctrlKey || event.metaKey;
    const delta = isZoom ? event.deltaY : event.deltaX || (event.shiftKey ? event.deltaY : 0);
    if (!delta || !isSpectrogram()) return;
    event.preventDefault();
    const { left, width } = spectrogram.canvas.getBoundingClientRect();
    post(model, { kind: isZoom ? "zoom" : "pan", delta, x: (event.clientX - left) / width });
  }

  let beats = 0;
  function beat() {
    clearInterval(beats);
    if (model.get("is_computing")) beats = setInterval(() => post(model, { kind: "beat" }), BEAT_MS);
  }
  const region = () => regions.getRegions()[0] ?? null;
  const looped = () => (model.get("loop") ? (region() ? [region().start, region().end] : [0, engine.duration]) : null);

  function paint() {
    const play = find(".sda-play");
    play.innerHTML = engine.playing ? ICON.pause : ICON.play;
    play.ariaPressed = engine.playing;
    play.disabled = !engine.takes.size;
    find(".sda-loop").ariaPressed = model.get("loop");
    for (const button of el.querySelectorAll(".sda-take")) button.ariaChecked = button.dataset.name === engine.active;
    el.dataset.empty = String(!engine.takes.size);
  }

  function draw() {
    const take = engine.takes.get(engine.active);
    if (!take) return;
    // All takes share one scale, that of the loudest, so that quiet sounds are legible and takes comparable.
    const loudest = Math.max(QUIETEST, ...[...engine.takes.values()].map((one) => one.peak));
    const shown = model.get("blind") ? 0 : 1 / loudest; // in a blind test all look the same
    const peaks = take.peaks.slice(0, 2).map((channel) => channel.map((level) => level * shown));
    // A newer take may arrive while the last one is still being drawn; wavesurfer then rejects the older load.
    wave.load("", peaks, take.duration).catch(() => {}).then(() => {
      fitWindow();
      showPosition(true);
    });
    find(".sda-peak").textContent = model.get("blind") ? "" : peakInWords(take.peak);
  }

  function peakInWords(peak) {
    if (!(peak > 0)) return "silent";
    const gain = model.get("gain_db");
    const matched = model.get("levels")[engine.active];
    const played = matched === undefined && gain < 0 ? `,\nplayed at ${inDecibels(gain)}` : "";
    return `peak ${inDecibels(20 * Math.log10(peak))}${played}`;
  }

  const inDecibels = (value) => `${value.toFixed(1).replace("-0.0", "0.0")} dB`;
  const gainOf = (decibels) => 10 ** (decibels / 20);

  // Gains of matched takes are from the samples to what is heard, so they replace the gain of all.
  function followGain() {
    const common = model.get("gain_db");
    engine.setGain(gainOf(common));
    engine.setLevels(new Map(Object.entries(model.get("levels")).map(([name, gain]) => [name, gainOf(gain - common)])));
    nameButtons();
    drawSoon();
  }

  function nameButtons() {
    const levels = model.get("levels");
    for (const button of el.querySelectorAll(".sda-take")) {
      const gain = levels[button.dataset.name];
      const sign = gain > 0 ? "+" : "";
      if (button.dataset.name === EDITED) button.firstChild.data = engine.takes.has("B") ? "A · Edited" : EDITED;
      button.lastElementChild.textContent = gain === undefined ? "" : ` ${sign}${inDecibels(gain)}`;
    }
  }

  // Drawing waits for the next frame, so that sound comes first.
  let drawing = 0;
  function drawSoon() {
    cancelAnimationFrame(drawing);
    drawing = requestAnimationFrame(draw);
  }

  function showPosition(report = false) {
    const time = engine.now();
    wave.setTime(Math.min(time, wave.getDuration()));
    find(".sda-clock").innerHTML = `${time.toFixed(2)} <i>/ ${engine.duration.toFixed(2)} s</i>`;
    const at = time * model.get("frame_rate") + model.get("first_frame");
    for (const head of playheads) head.set("x", new Float64Array([at, at]));
    if (report || performance.now() - reported > REPORT_MS) {
      reported = performance.now();
      setTrait(model, "position", time, { isReport: true });
    }
    meter();
    cancelAnimationFrame(frame);
    if (engine.playing) frame = requestAnimationFrame(() => showPosition());
  }

  let metered = 0;
  function meter() {
    if (engine.playing && performance.now() - metered < METER_MS) return;
    metered = performance.now();
    const heard = engine.playing ? engine.meters.read() : { peak: -Infinity, lufs: -Infinity };
    for (const bar of el.querySelectorAll(".sda-meter")) {
      const share = Math.max(0, Math.min(1, 1 - heard[bar.dataset.of] / METER_FLOOR));
      bar.style.setProperty("--sda-level", `${100 * share}%`);
      bar.nextElementSibling.textContent = shortly(heard[bar.dataset.of]);
    }
  }

  const shortly = (value) => (value > METER_FLOOR ? value.toFixed(1) : "–");

  async function toggle() {
    if (engine.playing) engine.pause();
    else {
      engine.loop = looped();
      await engine.play();
    }
    paint();
    showPosition(true);
  }

  function select(name) {
    engine.select(name);
    if (model.get("active") !== engine.active) setTrait(model, "active", engine.active);
  }

  function choose(name) {
    select(name);
    keepLoop();
    draw();
    paint();
  }

  // The loop over the whole sound has the length of the active take, so it changes with the take.
  function keepLoop() {
    if (looped()?.[1] !== engine.loop?.[1]) reloop();
  }

  function nextTake() {
    const names = [...engine.takes.keys()];
    choose(names[(names.indexOf(engine.active) + 1) % names.length]);
  }

  async function reloop() {
    engine.loop = looped();
    if (engine.playing) await engine.play(engine.now());
    paint();
  }

  function addButton(name) {
    const title = hint(model.get("keymap"), hint(model.get("keymap"), "Switch takes", "next_take"), "choose_sound");
    const properties = { className: "sda-take", title, role: "radio", onclick: () => choose(name) };
    const button = make("button", properties, name, make("small"));
    button.dataset.name = name;
    find(".sda-takes").append(button);
    nameButtons();
  }

  function announce(name) {
    const { pcm, rate, scale } = engine.takes.get(name);
    el.dispatchEvent(new CustomEvent("sda:take", { bubbles: true, detail: { name, pcm, rate, scale } }));
  }

  function receive(message, buffers) {
    const { kind, name } = message;
    spectrogram.receive(message, buffers);
    if (kind === "take" || kind === "patch") {
      const known = engine.takes.has(name);
      if (kind === "take") {
        engine.setTake(name, samplesOf(buffers[0]), message.channels, message.rate, message.scale);
      } else if (known) engine.patchTake(name, message.at, samplesOf(buffers[0]));
      else return;
      if (!known) addButton(name);
      if (!region()) showRegion();
      if (message.select || name === model.get("active")) select(name);
      keepLoop();
      announce(name);
      spectrogram.outdate(name);
      if (name === engine.active) drawSoon();
      paint();
    } else if (kind === "drop") {
      engine.drop(name, EDITED);
      spectrogram.clear(name);
      keepLoop();
      find(`.sda-take[data-name="${CSS.escape(name)}"]`)?.remove();
      nameButtons();
      draw();
      paint();
    } else if (kind === "act") {
      acts[message.act]({}, {});
    } else if (kind === "clear") {
      engine.clear();
      spectrogram.clear();
      regions.clearRegions();
      find(".sda-takes").replaceChildren();
      find(".sda-peak").textContent = "";
      wave.load("", [[0, 0]], 1).catch(() => {});
      paint();
      showPosition(true);
    }
  }

  function onRegion(changed) {
    for (const other of regions.getRegions()) if (other !== changed) other.remove();
    setTrait(model, "region", [changed.start, changed.end]);
    reloop();
  }

  function showRegion() {
    const [start, end] = model.get("region");
    const shown = region();
    if (shown && shown.start === start && shown.end === end) return;
    if (!shown && !(end > start)) return;
    regions.clearRegions();
    if (end > start) regions.addRegion({ start, end, color: REGION });
    reloop();
  }

  async function findPlayheads() {
    const ids = model.get("playheads").map((reference) => reference.replace("IPY_MODEL_", ""));
    // Only where the notebook lets one widget reach another; elsewhere the playheads of grids stay.
    playheads = await Promise.all(ids.map((id) => model.widget_manager.get_model(id))).catch(() => []);
  }

  function followPosition(_model, time, { isReport }) {
    if (isReport || time === engine.now()) return;
    engine.seek(time);
    showPosition(true);
  }

  function followActive() {
    const name = model.get("active");
    if (engine.takes.has(name) && name !== engine.active) choose(name);
  }

  // Sounds that keys choose: the digits by their place, the letters by their names, of which the first sound is A.
  function soundOf(key) {
    const names = [...engine.takes.keys()].filter((name) => !BESIDES.has(name));
    if (/^[1-9]$/.test(key)) return names[key - 1];
    const letter = key.toUpperCase();
    if (names.includes(letter)) return letter;
    return letter === "A" && names.includes("B") ? EDITED : undefined;
  }

  const acts = {
    play: (event) => !keepsSpace(event) && void toggle(),
    loop: () => find(".sda-loop").click(),
    next_take: () => (engine.takes.has("X") ? choose("X") : nextTake()),
    choose_sound: (_event, { name }) => chooseBy(name),
    choose_name: (_event, { name }) => chooseBy(name),
    back: () => seekBy(-SEEK_SECONDS),
    forward: () => seekBy(SEEK_SECONDS),
  };

  function onKey(event) {
    if (isTyping(event) || !isOurs(el, event)) return;
    const isSpace = actOn(model.get("keymap"), acts, event) && event.key === " ";
    if (isSpace) on(document, "keyup", preventSpace, { once: true });
  }

  // Let go, the Space key would press the button that has the focus.
  const preventSpace = (event) => event.key === " " && event.preventDefault();

  // As among radio buttons, arrows choose the take before or after the one that has the focus.
  function onTakeKey(event) {
    const by = { previous: -1, next: 1 }[keyOf(model.get("takes_keymap"), event)?.act];
    const buttons = [...el.querySelectorAll(".sda-take")];
    const at = buttons.indexOf(event.target.closest(".sda-take"));
    if (!by || at < 0) return;
    const next = buttons[(at + by + buttons.length) % buttons.length];
    next.focus();
    choose(next.dataset.name);
    consume(event);
  }

  function chooseBy(key) {
    const name = soundOf(key);
    if (name === undefined) return false;
    choose(name);
  }

  function seekBy(seconds) {
    engine.seek(engine.now() + seconds);
    showPosition(true);
  }

  wave.on("interaction", (time) => { engine.seek(time); showPosition(true); });
  regions.enableDragSelection({ color: REGION });
  regions.on("region-created", (made) => made.id && region() && onRegion(made));
  regions.on("region-updated", onRegion);
  regions.on("region-double-clicked", (shown) => {
    shown.remove();
    setTrait(model, "region", []);
    reloop();
  });
  find(".sda-play").onclick = toggle;
  find(".sda-loop").onclick = () => setTrait(model, "loop", !model.get("loop"));
  find(".sda-play").title = hint(model.get("keymap"), "Play or stop", "play");
  find(".sda-loop").title = hint(model.get("keymap"), "Loop the region, or the whole sound", "loop");
  on(find(".sda-wave"), "keydown", (event) => actOn(model.get("wave_keymap"), acts, event));
  on(find(".sda-takes"), "keydown", onTakeKey);
  // Keys play from anywhere on the page, since the focus is mostly on the grid. What else handles a key keeps it.
  on(document, "keydown", onKey);
  const attach = requestAnimationFrame(() => {
    const root = el.closest(".sda-app") ?? el;
    keepKeys(root, { on });
    showView();
  });
  followTheme(() => {
    wave.setOptions(colors());
    spectrogram.recolor();
  }, { onStop });
  on(model, "change:view change:has_spectrogram change:blind", showView);
  on(model, "change:window", fitWindow);
  on(find(".sda-wave"), "wheel", onWheel, { passive: false });
  follow("is_computing", beat);
  on(model, "msg:custom", receive);
  on(model, "change:region", showRegion);
  on(model, "change:position", followPosition);
  on(model, "change:active", followActive);
  on(model, "change:loop", reloop);
  follow("playheads", findPlayheads);
  follow("gain_db levels", followGain);
  on(model, "change:blind", drawSoon);
  onStop(() => {
    [attach, frame, drawing].forEach(cancelAnimationFrame);
    clearInterval(beats);
    spectrogram.close();
    engine.close();
    wave.destroy();
  });
  paint();
  rememberView();
  model.send({ kind: "mounted" }); // a view was opened (page opened, cell shown again): Python sends the takes
});
