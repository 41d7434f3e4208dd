// One take: its samples as received and as WebAudio plays them, and the peaks for drawing. A part can be replaced.
import { writeChannel } from "./pcm.js";

const SLOTS = 1600; // peaks drawn per channel

export class Take {
  // pcm: Int16Array of interleaved frames; a full sample stands for `scale`, which can exceed full scale
  constructor(context, pcm, channels, rate, scale = 1) {
    Object.assign(this, { context, pcm, channels, rate, scale });
    this.length = Math.max(1, pcm.length / channels);
    this.buffer = this.emptyBuffer();
    this.width = Math.max(1, Math.ceil(this.length / SLOTS));
    this.peaks = Array.from({ length: channels }, () => new Float32Array(Math.ceil(this.length / this.width)));
    this.fill(0, this.length);
  }

  get duration() {
    return this.buffer.duration;
  }

  // The largest absolute sample; 1 is full scale.
  get peak() {
    return Math.max(...this.peaks.map((peaks) => peaks.reduce((highest, one) => Math.max(highest, one), 0)));
  }

  emptyBuffer() {
    return this.context.createBuffer(this.channels, this.length, this.rate);
  }

  // Replace samples from frame `at` on. A buffer that is playing can't be changed, so it is copied.
  patch(at, pcm, isPlaying) {
    this.pcm.set(pcm, at * this.channels);
    if (isPlaying) {
      const before = this.buffer;
      this.buffer = this.emptyBuffer();
      for (let channel = 0; channel < this.channels; channel++) {
        this.buffer.copyToChannel(before.getChannelData(channel), channel);
      }
    }
    this.fill(at, at + pcm.length / this.channels);
  }

  fill(first, end) {
    for (let channel = 0; channel < this.channels; channel++) {
      const samples = writeChannel(this.buffer, channel, this.pcm, first, end, this.scale);
      this.measure(samples, this.peaks[channel], Math.floor(first / this.width), Math.ceil(end / this.width));
    }
  }

  measure(samples, peaks, first, end) {
    for (let slot = first; slot < Math.min(end, peaks.length); slot++) {
      let highest = 0;
      const stop = Math.min((slot + 1) * this.width, samples.length);
      for (let i = slot * this.width; i < stop; i++) {
        const level = Math.abs(samples[i]);
        if (level > highest) highest = level;
      }
      peaks[slot] = highest;
    }
  }
}
