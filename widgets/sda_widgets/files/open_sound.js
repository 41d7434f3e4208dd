// Files from the browser: chosen, dropped anywhere on the page, or recorded from the microphone. Sending is in
// files/upload_view.js.

const SILENT = 1e-4; // a recording with a lower peak is taken for a microphone that is switched off
const SHORTEST = 0.05; // seconds
const FLOOR_DB = -60; // bottom of the level meter
const HEARD = 2048; // samples between two updates of the level
const FALL = 0.04; // how far the meter falls per update, so that a short sound stays visible

// Runs in the audio thread: sends blocks of samples from the microphone.
const TAP = `
registerProcessor("sda-tap", class extends AudioWorkletProcessor {
  constructor() {
    super();
    this.samples = new Float32Array(${HEARD});
    this.length = 0;
  }
  process([[heard]]) {
    for (const sample of heard ?? []) {
      this.samples[this.length++] = sample;
      if (this.length < this.samples.length) continue;
      this.port.postMessage(this.samples, [this.samples.buffer]);
      this.samples = new Float32Array(${HEARD});
      this.length = 0;
    }
    return true;
  }
});`;

const REFUSALS = {
  NotAllowedError: "The browser keeps the microphone from this page; allow it beside the address, then record again.",
  NotFoundError: "There is no microphone; connect one, then record again.",
  NotReadableError: "The microphone is in use or does not answer; close what uses it, then record again.",
};
const NO_MICROPHONE = "This page may use no microphone here; open it on this computer (127.0.0.1) or over https.";

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
const peakOf = (samples) => samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0);
const levelOf = (peak) => Math.max(0, 1 - (20 * Math.log10(Math.max(peak, 1e-6))) / FLOOR_DB);

// Encode mono 32-bit float samples as a WAV file.
function wavOf(blocks, rate) {
  const bytes = 4 * blocks.reduce((sum, block) => sum + block.length, 0);
  const head = new DataView(new ArrayBuffer(44));
  const write = (place, text) => [...text].forEach((char, i) => head.setUint8(place + i, char.charCodeAt(0)));
  write(0, "RIFF");
  head.setUint32(4, 36 + bytes, true);
  write(8, "WAVEfmt ");
  head.setUint32(16, 16, true);
  head.setUint16(20, 3, true); // format: float samples
  head.setUint16(22, 1, true); // channels
  head.setUint32(24, rate, true);
  head.setUint32(28, 4 * rate, true);
  head.setUint16(32, 4, true);
  head.setUint16(34, 32, true);
  write(36, "data");
  head.setUint32(40, bytes, true);
  return new Blob([head, ...blocks]);
}

// Open the microphone without the browser's speech processing; `hear` gets every block. Resolves to { rate, stop };
// rejects when there is no microphone.
async function listen(hear) {
  const untreated = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const stream = await navigator.mediaDevices.getUserMedia({ audio: untreated });
  const context = new AudioContext();
  const stop = () => {
    stream.getTracks().forEach((track) => track.stop());
    if (context.state !== "closed") context.close();
  };
  try {
    const url = URL.createObjectURL(new Blob([TAP], { type: "text/javascript" }));
    await context.audioWorklet.addModule(url).finally(() => URL.revokeObjectURL(url));
    const tap = new AudioWorkletNode(context, "sda-tap", { channelCount: 1, channelCountMode: "explicit" });
    tap.port.onmessage = ({ data }) => hear(data);
    context.createMediaStreamSource(stream).connect(tap).connect(context.destination); // the tap outputs silence
    await context.resume();
  } catch (error) {
    stop();
    throw error;
  }
  return { rate: context.sampleRate, stop };
}

function render({ model, el }) {
  const MB = megabytes(model.get("largest"));
  const input = make("input", { type: "file", accept: model.get("suffixes").join(","), hidden: true });
  const pick = make("button", { className: "jupyter-button", type: "button" }, "Choose a file");
  const readable = model.get("readable");
  const about = make("span", { className: "sda-about" }, `or drop one on the page. ${readable}, up to ${MB} MB.`);
  const zone = make("div", { className: "sda-drop" }, pick, about, input);
  const dot = make("i", { className: "sda-dot", "aria-hidden": "true" });
  const word = make("span", {}, "Record");
  const record = make("button", { className: "jupyter-button sda-record", type: "button" }, dot, word);
  const bar = make("div", { className: "sda-level" }, make("div"));
  const told = make("span", { className: "sda-told" });
  const cancel = make("button", { className: "jupyter-button", type: "button", hidden: true }, "Cancel");
  const note = make("p", { className: "sda-quiet", role: "status" });
  const row = make("div", { className: "sda-row sda-microphone" }, record, bar, told, cancel);
  el.append(make("div", { className: "sda-intake" }, zone, row, note));

  let sending = null; // { id, file, said } while a file is being sent
  let recording = null; // { blocks, samples, peak, level }, with rate and stop once the microphone is open

  function say(text, wrong = false) {
    note.textContent = text;
    note.classList.toggle("sda-wrong", wrong);
  }

  function fill(share, text) {
    bar.firstChild.style.width = `${100 * share}%`;
    told.textContent = text;
  }

  // Update controls and texts to the current state.
  function paint() {
    const state = sending ? "sending" : recording ? "recording" : "idle";
    row.dataset.state = state;
    pick.disabled = state !== "idle" || !model.get("ready");
    record.disabled = state === "sending" || !model.get("ready");
    record.hidden = state === "sending";
    record.setAttribute("aria-pressed", state === "recording");
    word.textContent = state === "recording" ? "Stop" : "Record";
    cancel.hidden = state === "idle" || Boolean(sending?.arrived);
    if (state === "idle") fill(0, `up to ${model.get("longest")} s from the microphone`);
  }

  // --- files -----------------------------------------------------------------------------------------------------

  // Why a file is refused before sending, or nothing. Python checks again.
  function refusal(file) {
    if (!model.get("ready")) return "Open a model first; a sound is shown in its codes.";
    if (sending || recording) return "One sound after the other; wait for this one, or cancel it.";
    return unfit(model, file, "type its path above if it is on this machine");
  }

  function send(file, said = "") {
    const why = refusal(file);
    if (why) return say(why, true);
    sending = { id: `${Date.now()}-${Math.random()}`, file, said };
    say(said);
    fill(0, "");
    paint();
    post({ kind: "begin", id: sending.id, name: file.name, size: file.size });
  }

  function takeFirst(files) {
    const [first, ...others] = files;
    const said = others.length ? `${first.name} is the first of ${files.length}; the others were left out.` : "";
    if (first) send(first, said);
  }

  function post(message, buffers) {
    try {
      model.send(message, undefined, buffers);
    } catch {
      end("The page has lost what stands behind it; load it again.", true);
    }
  }

  function end(text, wrong) {
    sending = null;
    say(text, wrong);
    paint();
  }

  async function sendPart(offset) {
    const own = sending;
    const bytes = await partOf(own.file, offset);
    if (sending !== own) return;
    if (!bytes) return end(unreadable(own.file), true);
    const arrived = offset + bytes.byteLength;
    own.arrived = arrived >= own.file.size;
    const of = own.file.size;
    fill(arrived / of, own.arrived ? "Encoding" : `${megabytes(arrived)} of ${megabytes(of)} MB`);
    paint();
    post({ kind: "part", id: own.id, offset }, [bytes]);
  }

  function hear(message) {
    if (!sending || message.id !== sending.id) return;
    if (message.kind === "go") sendPart(message.offset);
    if (message.kind === "refused") end(message.why, true);
    if (message.kind === "done") end(message.why || sending.said, Boolean(message.why));
  }

  // --- the microphone --------------------------------------------------------------------------------------------

  async function startRecording() {
    if (!navigator.mediaDevices?.getUserMedia) return say(NO_MICROPHONE, true);
    const own = { blocks: [], samples: 0, peak: 0, level: 0 };
    recording = own;
    say("");
    fill(0, "asking the browser");
    paint();
    try {
      Object.assign(own, await listen((block) => recording === own && keep(own, block)));
    } catch (error) {
      const why = REFUSALS[error.name] ?? `The microphone did not start (${error.message}); record again.`;
      if (recording === own) dropRecording(why, true);
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
    own.level = Math.max(levelOf(peak), own.level - FALL);
    const seconds = own.samples / own.rate;
    fill(own.level, `${clock(seconds)} / ${clock(model.get("longest"))}`);
    if (seconds >= model.get("longest")) finishRecording();
  }

  function dropRecording(text = "", wrong = false) {
    recording?.stop?.();
    recording = null;
    say(text, wrong);
    paint();
  }

  function finishRecording() {
    const { blocks, samples, peak, rate } = recording;
    dropRecording();
    if (!rate || samples / rate < SHORTEST) return say("That was too short to hold a sound; record again.", true);
    if (peak < SILENT) return say("The microphone gave nothing but silence; switch it on, then record again.", true);
    const time = new Date().toTimeString().slice(0, 5);
    send(new File([wavOf(blocks, rate)], `Microphone ${time}.wav`));
  }

  // --- user input ------------------------------------------------------------------------------------------------

  const isReady = () => model.get("ready") && !sending && !recording;
  const endDrops = whenDropped(el, zone, (carried) => takeFirst([...carried.files]), isReady);
  pick.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    takeFirst([...input.files]);
    input.value = "";
  });
  record.addEventListener("click", () => (recording ? finishRecording() : startRecording()));
  cancel.addEventListener("click", () => {
    if (recording) return dropRecording("Nothing was kept.");
    post({ kind: "cancel", id: sending.id });
    end("Nothing was kept.");
  });
  model.on("msg:custom", hear);
  model.on("change:ready", paint);
  paint();
  return () => {
    recording?.stop?.();
    recording = null;
    endDrops();
    model.off("msg:custom", hear);
    model.off("change:ready", paint);
  };
}

export default { render };
