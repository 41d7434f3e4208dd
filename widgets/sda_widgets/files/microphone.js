// Recording from the microphone as 32-bit float samples.

const BLOCK = 2048; // samples between two updates of the level

// Runs in the audio thread: sends blocks of samples from the microphone.
const TAP = `
registerProcessor("sda-tap", class extends AudioWorkletProcessor {
  constructor() {
    super();
    this.samples = new Float32Array(${BLOCK});
    this.length = 0;
  }
  process([[channel]]) {
    for (const sample of channel ?? []) {
      this.samples[this.length++] = sample;
      if (this.length < this.samples.length) continue;
      this.port.postMessage(this.samples, [this.samples.buffer]);
      this.samples = new Float32Array(${BLOCK});
      this.length = 0;
    }
    return true;
  }
});`;

const REASONS = {
  NotAllowedError: "The browser blocks the microphone for this page; allow it in the address bar, then record again.",
  NotFoundError: "There is no microphone; connect one, then record again.",
  NotReadableError: "The microphone is in use or does not respond; close what uses it, then record again.",
};

export const reasonOf = (error) =>
  REASONS[error.name] ?? `The microphone did not start (${error.message}); record again.`;

// Encode blocks of mono samples as a WAV file.
export function encodeWav(blocks, rate) {
  const bytes = 4 * blocks.reduce((sum, block) => sum + block.length, 0);
  const head = new DataView(new ArrayBuffer(44));
  const text = (at, chars) => [...chars].forEach((char, i) => head.setUint8(at + i, char.charCodeAt(0)));
  text(0, "RIFF");
  text(8, "WAVEfmt ");
  text(36, "data");
  for (const [at, value] of [[4, 36 + bytes], [16, 16], [24, rate], [28, 4 * rate], [40, bytes]])
    head.setUint32(at, value, true);
  for (const [at, value] of [[20, 3], [22, 1], [32, 4], [34, 32]]) head.setUint16(at, value, true); // float, mono
  return new Blob([head, ...blocks]);
}

// Open the microphone without the browser's speech processing; `onBlock` gets every block. Resolves to { rate, stop };
// rejects when there is no microphone.
export async function openMicrophone(onBlock) {
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
    tap.port.onmessage = ({ data }) => onBlock(data);
    context.createMediaStreamSource(stream).connect(tap).connect(context.destination); // the tap outputs silence
    await context.resume();
  } catch (error) {
    stop();
    throw error;
  }
  return { rate: context.sampleRate, stop };
}
