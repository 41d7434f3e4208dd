// 16-bit samples from Python, interleaved by channel.

// Copy a message's buffer: its bytes may start at an odd address.
export const samplesOf = (view) => new Int16Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));

// Write frames first..end of one channel into an AudioBuffer. A full sample stands for `scale`.
export function writeChannel(buffer, channel, pcm, first = 0, end = buffer.length, scale = 1) {
  const [samples, channels] = [buffer.getChannelData(channel), buffer.numberOfChannels];
  const unit = scale / 32768;
  for (let i = first, j = first * channels + channel; i < end && j < pcm.length; i++, j += channels) {
    samples[i] = pcm[j] * unit;
  }
  return samples;
}
