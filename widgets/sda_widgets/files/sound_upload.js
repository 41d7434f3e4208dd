// A sound from the browser: chosen, dropped anywhere on the page, or recorded from the microphone.
import { make, makeButton, widget } from "../common/dom.js";
import { encodeWav, openMicrophone, reasonOf } from "./microphone.js";
import { acceptDrops, makeBar, makeNote, makeSender, makeZone, megabytes, rejection } from "./send_files.js";

const SILENT = 1e-4; // a recording with a lower peak is taken for a microphone that is switched off
const SHORTEST = 0.05; // seconds
const FLOOR_DB = -60; // bottom of the level meter
const FALL = 0.04; // how far the meter falls per update, so that a short sound stays visible
const NO_MICROPHONE = "This page can't use a microphone here; open it on this computer (127.0.0.1) or over https.";

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
const peakOf = (samples) => samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0);
const meter = (peak) => Math.max(0, 1 - (20 * Math.log10(Math.max(peak, 1e-6))) / FLOOR_DB);

export default widget(({ model, el, on, onStop, follow }) => {
  const limits = `${model.get("readable")}, up to ${megabytes(model.get("largest"))} MB.`;
  const { pick, zone } = makeZone({ on }, model, "Choose a file", `or drop one on the page. ${limits}`, sendFirst);
  const dot = make("i", { className: "sda-dot", "aria-hidden": "true" });
  const word = make("span", {}, "Record");
  const className = "jupyter-button sda-record";
  const record = makeButton(dot, () => (recording ? finishRecording() : startRecording()), { className });
  record.append(word);
  const { bar, fill: fillBar } = makeBar();
  const reading = make("span", { className: "sda-reading" });
  const cancel = makeButton("Cancel", () => {
    if (recording) return stopRecording("Cancelled.");
    sender.cancel();
    say("Cancelled.");
    paint();
  });
  const { note, say } = makeNote();
  const row = make("div", { className: "sda-row sda-microphone" }, record, bar, reading, cancel);
  el.append(make("div", { className: "sda-upload" }, zone, row, note));

  const sender = makeSender({ on }, model, showProgress, (error) => {
    say(error || remark, Boolean(error));
    paint();
  });
  let remark = ""; // shown when the file being sent was opened
  let arrived = false; // all of it was sent
  let recording = null; // { blocks, samples, peak, level }, with rate and stop once the microphone is open

  function fill(share, text) {
    fillBar(share);
    reading.textContent = text;
  }

  // Update controls and texts to the current state.
  function paint() {
    const state = sender.isBusy() ? "sending" : recording ? "recording" : "idle";
    row.dataset.state = state;
    pick.disabled = state !== "idle" || !model.get("ready");
    record.disabled = state === "sending" || !model.get("ready");
    record.hidden = state === "sending";
    record.setAttribute("aria-pressed", state === "recording");
    word.textContent = state === "recording" ? "Stop" : "Record";
    cancel.hidden = state === "idle" || arrived;
    if (state === "idle") fill(0, `up to ${model.get("longest")} s from the microphone`);
  }

  // --- files -----------------------------------------------------------------------------------------------------

  function reasonAgainst(file) {
    if (!model.get("ready")) return "Open a model first; a sound is shown in its codes.";
    if (sender.isBusy() || recording) return "One sound at a time; wait for this one, or cancel it.";
    return rejection(model, file, "type its path above if it is on this machine");
  }

  function send(file, whenOpened = "") {
    const reason = reasonAgainst(file);
    if (reason) return say(reason, true);
    [remark, arrived] = [whenOpened, false];
    say(remark);
    fill(0, "");
    sender.begin(file);
    paint();
  }

  function sendFirst(files) {
    const [first, ...others] = files;
    if (first) send(first, others.length ? `Opened ${first.name}, the first of ${files.length} files; drop them on Learn to train on all.` : "");
  }

  function showProgress(bytes, { size }) {
    arrived = bytes >= size;
    fill(bytes / size, arrived ? "Encoding" : `${megabytes(bytes)} of ${megabytes(size)} MB`);
    paint();
  }

  // --- the microphone --------------------------------------------------------------------------------------------

  async function startRecording() {
    if (!navigator.mediaDevices?.getUserMedia) return say(NO_MICROPHONE, true);
    const own = { blocks: [], samples: 0, peak: 0, level: 0 };
    recording = own;
    say("");
    fill(0, "waiting for permission");
    paint();
    try {
      Object.assign(own, await openMicrophone((block) => recording === own && keep(own, block)));
    } catch (error) {
      if (recording === own) stopRecording(reasonOf(error), true);
      return;
    }
    if (recording !== own) own.stop(); // cancelled meanwhile
  }

  function keep(own, block) {
    if (!own.rate) return; // still starting
    const peak = peakOf(block);
    own.blocks.push(block);
    own.samples += block.length;
    own.peak = Math.max(own.peak, peak);
    own.level = Math.max(meter(peak), own.level - FALL);
    const seconds = own.samples / own.rate;
    fill(own.level, `${clock(seconds)} / ${clock(model.get("longest"))}`);
    if (seconds >= model.get("longest")) finishRecording();
  }

  function stopRecording(text = "", isError = false) {
    recording?.stop?.();
    recording = null;
    say(text, isError);
    paint();
  }

  function finishRecording() {
    const { blocks, samples, peak, rate } = recording;
    stopRecording();
    if (!rate || samples / rate < SHORTEST) return say("The recording is too short; record again.", true);
    if (peak < SILENT) return say("The recording is silent; switch the microphone on, then record again.", true);
    const time = new Date().toTimeString().slice(0, 5);
    send(new File([encodeWav(blocks, rate)], `Microphone ${time}.wav`));
  }

  const isReady = () => model.get("ready") && !sender.isBusy() && !recording;
  acceptDrops({ on }, el, zone, (dropped) => sendFirst([...dropped.files]), isReady);
  follow("ready", paint);
  onStop(() => {
    recording?.stop?.();
    recording = null;
  });
});
