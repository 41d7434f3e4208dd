// Plays a short sound at once, independently of the player. A new one replaces the one before.
import { make, makeListeners } from "../common/dom.js";
import { Output } from "./output.js";
import { samplesOf, writeChannel } from "./pcm.js";

const GAIN = 0.7; // LEVEL in session/previews.py
const FADE = 0.01; // seconds
const LATE_MS = 300;
const NOTE_MS = 4000;

let output = null; // of all previews
let latest = null; // the preview that began last

function bufferOf(context, pcm, channels, rate) {
  const buffer = context.createBuffer(channels, Math.max(1, pcm.length / channels), rate);
  for (let channel = 0; channel < channels; channel++) writeChannel(buffer, channel, pcm);
  return buffer;
}

function start(context, buffer) {
  const source = new AudioBufferSourceNode(context, { buffer });
  const fades = new GainNode(context, { gain: 0 });
  const out = new GainNode(context, { gain: GAIN });
  source.connect(fades).connect(out).connect(context.destination);
  const now = context.currentTime;
  const fade = Math.min(FADE, buffer.duration / 2);
  fades.gain.setValueAtTime(0, now);
  fades.gain.linearRampToValueAtTime(1, now + fade);
  fades.gain.setValueAtTime(1, now + buffer.duration - fade);
  fades.gain.linearRampToValueAtTime(0, now + buffer.duration);
  source.start(now);
  source.onended = () => source === latest && output.rest();
  latest = source;
  return () => {
    const end = context.currentTime + FADE;
    out.gain.setValueAtTime(GAIN, context.currentTime);
    out.gain.linearRampToValueAtTime(0, end);
    source.stop(end);
  };
}

// Shows a note at the lower edge of the page for some seconds; none removes it.
function makeNotes() {
  let node = null;
  let timer = 0;
  return (text) => {
    clearTimeout(timer);
    node?.remove();
    if (!text) return;
    node = make("div", { className: "sda-preview-note sda-floating", role: "status" }, text);
    document.body.append(node);
    timer = setTimeout(() => node.remove(), NOTE_MS);
  };
}

function initialize({ model }) {
  const tell = makeNotes();
  const { on, onStop, stop } = makeListeners();
  let silence = () => {};
  let newest = 0;
  async function receive(message, buffers) {
    const number = ++newest;
    silence();
    silence = () => {};
    tell(message.note);
    if (message.kind !== "play") return;
    const pcm = samplesOf(buffers[0]);
    document.dispatchEvent(new CustomEvent("sda:preview", { detail: { name: message.name, pcm } }));
    output ??= new Output();
    const arrived = performance.now();
    // Browsers allow no sound before the first click; a sound that would start too late is dropped.
    await output.wake();
    if (number !== newest) return;
    if (performance.now() - arrived >= LATE_MS) return output.rest();
    const { context } = output;
    silence = start(context, bufferOf(context, pcm, message.channels, message.rate));
  }
  on(model, "msg:custom", receive);
  onStop(() => { silence(); tell(); });
  return stop;
}

export default { initialize };
