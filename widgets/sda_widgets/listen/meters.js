// Meters of what is heard: the sample peak, and the momentary loudness of BS.1770 (K-weighted, over 400 ms).
const WINDOW = 0.4; // seconds
const HOLD = 1.5; // seconds for which the highest peak stays
const LONGEST = 32768; // samples that an analyser keeps at most
const SHELF = { type: "highshelf", frequency: 1681.97, gain: 4 };
const HIGHPASS = { type: "highpass", frequency: 38.14, Q: -6.02 }; // Q of 0.5 in dB

export class Meters {
  // Listen to both channels of a node.
  constructor(context, node) {
    this.context = context;
    this.held = { peak: 0, until: 0 };
    const shelf = new BiquadFilterNode(context, SHELF);
    const highpass = new BiquadFilterNode(context, HIGHPASS);
    this.plain = channelsOf(context, node, 2048);
    this.weighted = channelsOf(context, node.connect(shelf).connect(highpass), LONGEST);
  }

  // { peak, lufs }: both are -Infinity in silence.
  read() {
    const { currentTime, sampleRate } = this.context;
    const peak = Math.max(...this.plain.map((channel) => highest(samplesOf(channel))));
    if (peak >= this.held.peak || currentTime > this.held.until) this.held = { peak, until: currentTime + HOLD };
    const count = Math.min(LONGEST, Math.round(WINDOW * sampleRate));
    const power = this.weighted.reduce((sum, channel) => sum + meanSquare(samplesOf(channel).subarray(-count)), 0);
    return { peak: 20 * Math.log10(this.held.peak), lufs: 10 * Math.log10(power) - 0.691 };
  }
}

function channelsOf(context, node, fftSize) {
  const splitter = new ChannelSplitterNode(context, { numberOfOutputs: 2 });
  node.connect(splitter);
  return [0, 1].map((channel) => {
    const analyser = new AnalyserNode(context, { fftSize });
    splitter.connect(analyser, channel);
    return { analyser, samples: new Float32Array(fftSize) };
  });
}

function samplesOf({ analyser, samples }) {
  analyser.getFloatTimeDomainData(samples);
  return samples;
}

const highest = (samples) => samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
const meanSquare = (samples) => samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
