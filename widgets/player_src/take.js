// One take: its samples as received and as WebAudio plays them, and the peaks for drawing. A part can be replaced.

const SLOTS = 1600; // peaks drawn per channel

export class Take {
  // pcm: Int16Array of interleaved frames
  constructor(context, pcm, channels, rate) {
    Object.assign(this, { context, pcm, channels, rate });
    this.length = Math.max(1, pcm.length / channels);
    this.buffer = this.fresh();
    this.width = Math.max(1, Math.ceil(this.length / SLOTS));
    this.peaks = Array.from({ length: channels }, () => new Float32Array(Math.ceil(this.length / this.width)));
    this.fill(0, this.length);
  }

  get duration() {
    return this.buffer.duration;
  }

  // The largest absolute sample, 0..1.
  get peak() {
    return Math.max(...this.peaks.map((peaks) => peaks.reduce((most, one) => Math.max(most, one), 0)));
  }

  fresh() {
    return this.context.createBuffer(this.channels, this.length, this.rate);
  }

  // Replace samples from frame `at` on. A buffer that is playing cannot change, so `renew` creates another one.
  patch(at, pcm, renew) {
    this.pcm.set(pcm, at * this.channels);
    if (renew) {
      const before = this.buffer;
      this.buffer = this.fresh();
      for (let channel = 0; channel < this.channels; channel++) {
        this.buffer.copyToChannel(before.getChannelData(channel), channel);
      }
    }
    this.fill(at, at + pcm.length / this.channels);
  }

  fill(first, end) {
    for (let channel = 0; channel < this.channels; channel++) {
      const samples = this.buffer.getChannelData(channel);
      for (let i = first, j = first * this.channels + channel; i < end && j < this.pcm.length; i++, j += this.channels) {
        samples[i] = this.pcm[j] / 32768;
      }
      this.measure(samples, this.peaks[channel], Math.floor(first / this.width), Math.ceil(end / this.width));
    }
  }

  measure(samples, peaks, first, end) {
    for (let slot = first; slot < Math.min(end, peaks.length); slot++) {
      let most = 0;
      const stop = Math.min((slot + 1) * this.width, samples.length);
      for (let i = slot * this.width; i < stop; i++) {
        const level = Math.abs(samples[i]);
        if (level > most) most = level;
      }
      peaks[slot] = most;
    }
  }
}
