// A small WebAudio engine. All takes run in lock-step and only their gains change, so switching has no gap.
import { Meters } from "./meters.js";
import { Output } from "./output.js";
import { Take } from "./take.js";

const LEAD = 0.005; // seconds until a new voice begins
const FADE = 0.006; // seconds; short enough to feel instant, long enough not to click

export class Engine {
  constructor(onEnd) {
    this.onEnd = onEnd;
    this.output = null;
    this.context = null; // that of the output
    this.out = null; // gain node of all voices
    this.meters = null; // of what is heard, once there is a take
    this.gain = 1;
    this.levels = new Map(); // name -> gain of a take besides that of all
    this.takes = new Map(); // name -> Take
    this.voices = new Map(); // name -> { source, gain }
    this.active = null;
    this.playing = false;
    this.loop = null; // [from, to] in seconds, or null
    this.offset = 0; // seconds into the sound at `startedAt`
    this.startedAt = 0; // context time
  }

  get duration() {
    return this.takes.get(this.active)?.duration ?? 0;
  }

  // The gain of all takes. It changes within the 5 ms after which a new voice begins.
  setGain(gain) {
    this.gain = gain;
    if (!this.out) return;
    const now = this.context.currentTime;
    this.out.gain.cancelScheduledValues(now);
    this.out.gain.setValueAtTime(this.out.gain.value, now);
    this.out.gain.linearRampToValueAtTime(gain, now + LEAD);
  }

  // Gains of single takes, which fade as when takes are switched.
  setLevels(levels) {
    this.levels = levels;
    this.fadeToActive();
  }

  levelOf(name) {
    return name === this.active ? this.levels.get(name) ?? 1 : 0;
  }

  fadeToActive() {
    const when = this.context?.currentTime ?? 0;
    for (const [name, { gain }] of this.voices) {
      gain.gain.cancelScheduledValues(when);
      gain.gain.setTargetAtTime(this.levelOf(name), when, FADE / 2);
    }
  }

  open() {
    this.output = new Output();
    this.context = this.output.context;
    this.out = new GainNode(this.context, { gain: this.gain });
    this.out.connect(this.context.destination);
    this.meters = new Meters(this.context, this.out);
  }

  // pcm: Int16Array of interleaved frames
  setTake(name, pcm, channels, rate, scale) {
    if (!this.context) this.open();
    this.takes.set(name, new Take(this.context, pcm, channels, rate, scale));
    this.active ??= name;
    if (this.playing) this.replace(name);
  }

  patchTake(name, at, pcm) {
    const take = this.takes.get(name);
    if (!take || !pcm.length) return;
    take.patch(at, pcm, this.playing);
    if (this.playing) this.replace(name);
  }

  now() {
    if (!this.playing) return this.offset;
    const elapsed = Math.max(0, this.context.currentTime - this.startedAt);
    const time = this.offset + elapsed;
    if (!this.loop || time < this.loop[1]) return Math.min(time, this.duration);
    return this.loop[0] + ((time - this.loop[0]) % (this.loop[1] - this.loop[0]));
  }

  async play(from = this.offset) {
    if (!this.takes.size) return;
    await this.output.wake();
    this.silence();
    if (this.loop && (from < this.loop[0] || from >= this.loop[1])) from = this.loop[0];
    this.offset = from >= this.duration - 0.01 ? 0 : from;
    this.startedAt = this.context.currentTime + LEAD;
    this.playing = true;
    for (const name of this.takes.keys()) this.startVoice(name, this.startedAt, this.offset);
  }

  startVoice(name, when, from) {
    const source = this.context.createBufferSource();
    const gain = this.context.createGain();
    const { buffer } = this.takes.get(name);
    source.buffer = this.loop ? this.padded(buffer, this.loop[1]) : buffer;
    if (this.loop) Object.assign(source, { loop: true, loopStart: this.loop[0], loopEnd: this.loop[1] });
    gain.gain.setValueAtTime(0, when);
    gain.gain.linearRampToValueAtTime(this.levelOf(name), when + FADE);
    source.connect(gain).connect(this.out);
    source.start(when, from);
    source.onended = () => this.voices.get(name)?.source === source && name === this.active && this.end();
    this.voices.set(name, { source, gain });
  }

  // A take shorter than the loop, padded with silence: all takes must loop together.
  padded(buffer, end) {
    const { numberOfChannels, sampleRate } = buffer;
    const length = Math.ceil(end * sampleRate);
    if (buffer.length >= length) return buffer;
    const longer = this.context.createBuffer(numberOfChannels, length, sampleRate);
    for (let i = 0; i < numberOfChannels; i++) longer.copyToChannel(buffer.getChannelData(i), i);
    return longer;
  }

  // A take changed during playback: fade the old voice out and the new one in at the same position.
  replace(name) {
    const when = this.context.currentTime + LEAD;
    const from = this.now() + LEAD;
    this.fadeOut(this.voices.get(name), when);
    if (this.loop || from < this.takes.get(name).duration) this.startVoice(name, when, from);
    else if (name === this.active) this.end(); // it is now shorter than the playback position
    else this.voices.delete(name);
  }

  fadeOut(voice, when) {
    if (!voice) return;
    voice.source.onended = () => voice.gain.disconnect();
    voice.gain.gain.setTargetAtTime(0, when, FADE / 3);
    voice.source.stop(when + 4 * FADE);
  }

  silence() {
    const when = this.context?.currentTime ?? 0;
    for (const voice of this.voices.values()) this.fadeOut(voice, when);
    this.voices.clear();
  }

  pause() {
    this.offset = this.now();
    this.playing = false;
    this.silence();
    this.output.rest();
  }

  end() {
    this.playing = false;
    this.offset = 0;
    this.silence(); // longer takes are still running, at zero gain
    this.output.rest();
    this.onEnd();
  }

  seek(time) {
    const to = Math.min(Math.max(0, time), this.duration);
    if (this.playing) return this.play(to);
    this.offset = to;
  }

  select(name) {
    if (!this.takes.has(name)) return;
    const at = this.now();
    this.active = name;
    if (this.playing && !this.loop && at >= this.duration) return this.play(0); // past its end: start over
    this.fadeToActive();
  }

  // Remove a take; if it is the active one, another one continues in its place.
  drop(name, then) {
    if (this.active === name) this.select(this.takes.has(then) ? then : [...this.takes.keys()].find((one) => one !== name));
    this.fadeOut(this.voices.get(name), this.context?.currentTime ?? 0);
    this.voices.delete(name);
    this.takes.delete(name);
    if (this.active === name) this.active = null; // it was the only one
  }

  clear() {
    if (this.playing) this.pause();
    this.takes.clear();
    this.active = null;
    this.offset = 0;
  }

  close() {
    this.silence();
    this.output?.close();
  }
}
