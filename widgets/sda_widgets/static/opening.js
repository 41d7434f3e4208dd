// Files that are dropped or chosen, and what the microphone hears, on their way to Python: piece by piece, each when the
// one before has arrived, so that no connection's limit matters and progress can be shown.

const PIECE = 512 * 1024;
const RATE = 48000;
const WORKLET = `registerProcessor("sda-recorder", class extends AudioWorkletProcessor {
  process([input]) {
    if (input[0]) this.port.postMessage(input[0].slice());
    return true;
  }
});`;
const MARKUP = `
  <button class="sda-choose" title="Choose a sound file of this computer">Choose a file</button>
  <button class="sda-record" aria-pressed="false" title="Record the microphone">● Record</button>
  <button class="sda-cancel" hidden>Cancel</button>
  <progress max="1" value="0" hidden></progress>
  <span class="sda-zone-said" role="status">or drop one here</span>
  <input type="file" hidden>`;

// 16-bit mono WAV of recorded floats.
function wav(parts, rate) {
  const count = parts.reduce((sum, part) => sum + part.length, 0);
  const view = new DataView(new ArrayBuffer(44 + 2 * count));
  const text = (at, word) => [...word].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  text(0, "RIFF"); view.setUint32(4, 36 + 2 * count, true); text(8, "WAVEfmt "); view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); view.setUint16(22, 1, true); view.setUint32(24, rate, true);
  view.setUint32(28, 2 * rate, true); view.setUint16(32, 2, true); view.setUint16(34, 16, true);
  text(36, "data"); view.setUint32(40, 2 * count, true);
  let at = 44;
  for (const part of parts) for (const sample of part) {
    view.setInt16(at, Math.round(32767 * Math.max(-1, Math.min(1, sample))), true);
    at += 2;
  }
  return view.buffer;
}

function render({ model, el }) {
  el.classList.add("sda-zone");
  el.innerHTML = MARKUP;
  const find = (selector) => el.querySelector(selector);
  const [choose, record, cancel, bar, said, input] =
    [".sda-choose", ".sda-record", ".sda-cancel", "progress", ".sda-zone-said", "input"].map(find);
  const idle = `or drop one here, up to ${Math.round(model.get("limit") / 2 ** 20)} MB`;
  let sending = null; // the Blob on its way
  let recording = null; // { stop, parts, ... }

  function show() {
    for (const one of [choose, record]) one.disabled = model.get("disabled") || Boolean(sending);
    choose.disabled ||= Boolean(recording);
    record.setAttribute("aria-pressed", String(Boolean(recording)));
    record.textContent = recording ? "■ Stop" : "● Record";
    cancel.hidden = !sending && !recording;
    bar.hidden = !sending;
    if (!sending && !recording) said.textContent = idle;
  }

  function fail(why) {
    model.send({ kind: "failed", why });
    sending = null;
    show();
  }

  function send(blob, name) {
    if (blob.size > model.get("limit")) return fail(`${name} has more than ${Math.round(model.get("limit") / 2 ** 20)} MB; open it by its path.`);
    sending = blob;
    said.textContent = name;
    bar.value = 0;
    model.send({ kind: "begin", name, size: blob.size });
    show();
  }

  async function more(from) {
    if (!sending) return;
    bar.value = from / sending.size;
    const piece = await sending.slice(from, from + PIECE).arrayBuffer();
    model.send({ kind: "piece", from }, undefined, [piece]);
  }

  function take(files) {
    const [first] = files;
    if (!first || sending || recording || model.get("disabled")) return;
    send(first, first.name);
    if (files.length > 1) said.textContent = `${first.name}; one at a time, the others were left out`;
  }

  async function start() {
    if (!navigator.mediaDevices?.getUserMedia) return fail("This browser lets no page record; open the page on localhost or by https.");
    const wish = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: wish });
    } catch (error) {
      return fail(error.name === "NotAllowedError" ? "The browser was not allowed to record; allow it beside the address." : "There is no microphone; plug one in.");
    }
    const context = new AudioContext({ sampleRate: RATE });
    const address = URL.createObjectURL(new Blob([WORKLET], { type: "text/javascript" }));
    await context.audioWorklet.addModule(address);
    URL.revokeObjectURL(address);
    const recorder = new AudioWorkletNode(context, "sda-recorder");
    const parts = [];
    let count = 0;
    recorder.port.onmessage = ({ data }) => {
      parts.push(data);
      count += data.length;
      if (parts.length % 16) return;
      const level = Math.max(...data.map(Math.abs));
      said.textContent = `${(count / RATE).toFixed(1)} s  ${"▮".repeat(Math.round(12 * Math.sqrt(level)))}`;
      if (count / RATE >= model.get("longest")) finish(true);
    };
    context.createMediaStreamSource(stream).connect(recorder);
    recording = { parts, close: () => { stream.getTracks().forEach((track) => track.stop()); context.close(); } };
    show();
  }

  function finish(keep) {
    const { parts, close } = recording;
    recording = null;
    close();
    if (keep && parts.length) {
      const at = new Date().toTimeString().slice(0, 8).replaceAll(":", ".");
      send(new Blob([wav(parts, RATE)]), `Microphone ${at}.wav`);
    }
    show();
  }

  choose.onclick = () => input.click();
  input.accept = model.get("accept");
  input.onchange = () => { take(input.files); input.value = ""; };
  record.onclick = () => (recording ? finish(true) : start());
  cancel.onclick = () => {
    if (recording) return finish(false);
    sending = null;
    model.send({ kind: "stop" });
    show();
  };
  el.addEventListener("dragover", (event) => { event.preventDefault(); el.dataset.over = "true"; });
  el.addEventListener("dragleave", () => { el.dataset.over = "false"; });
  el.addEventListener("drop", (event) => { event.preventDefault(); el.dataset.over = "false"; take(event.dataTransfer.files); });
  const hear = (message) => {
    if (message.kind === "more") more(message.from);
    else if (message.kind === "end") { sending = null; show(); }
  };
  model.on("msg:custom", hear);
  model.on("change:disabled", show);
  show();
  return () => {
    model.off("msg:custom", hear);
    model.off("change:disabled", show);
    recording?.close();
  };
}

export default { render };
