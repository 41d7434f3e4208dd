// The audio device as one part of the page uses it. It rests while nothing plays: an open device takes some 2 % of a core.
const REST_MS = 5000; // for which it stays open after the last sound, so that one soon after begins at once

export class Output {
  constructor() {
    this.context = new AudioContext();
    this.context.suspend();
    this.timer = 0;
  }

  // Open the device; resolves when it runs. Browsers allow that only after the first click or key.
  wake() {
    clearTimeout(this.timer);
    return this.context.resume();
  }

  // Nothing plays any more.
  rest() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.context.suspend(), REST_MS);
  }

  close() {
    clearTimeout(this.timer);
    this.context.close();
  }
}
