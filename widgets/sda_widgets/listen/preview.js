// Plays a short sound at once, independently of the player. A new one replaces the one before.

const GAIN = 0.7;
const FADE = 0.01; // seconds
const LATE_MS = 300;

let context = null;

// 16-bit PCM, interleaved -> AudioBuffer
function bufferOf(pcm, channels, rate) {
  const buffer = context.createBuffer(channels, Math.max(1, pcm.length / channels), rate);
  for (let channel = 0; channel < channels; channel++) {
    const samples = buffer.getChannelData(channel);
    for (let i = 0, j = channel; j < pcm.length; i++, j += channels) samples[i] = pcm[j] / 32768;
  }
  return buffer;
}

function start(buffer) {
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
  return () => {
    const end = context.currentTime + FADE;
    out.gain.setValueAtTime(GAIN, context.currentTime);
    out.gain.linearRampToValueAtTime(0, end);
    source.stop(end);
  };
}

function initialize({ model }) {
  let stop = () => {};
  let turn = 0;
  async function hear(message, buffers) {
    const own = ++turn;
    stop();
    stop = () => {};
    if (message.kind !== "play") return;
    const view = buffers[0];
    const bytes = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
    const pcm = new Int16Array(bytes);
    document.dispatchEvent(new CustomEvent("sda:preview", { detail: { name: message.name, pcm } }));
    context ??= new AudioContext();
    const came = performance.now();
    // Browsers allow no sound before the first click; a sound that would start too late is dropped.
    if (context.state !== "running") await context.resume();
    if (own === turn && performance.now() - came < LATE_MS) stop = start(bufferOf(pcm, message.channels, message.rate));
  }
  model.on("msg:custom", hear);
  return () => {
    stop();
    model.off("msg:custom", hear);
  };
}

export default { initialize };
