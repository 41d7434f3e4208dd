// Marks of a time ruler: at most `most` marks at round steps over a number of seconds from `from` on, with positions in
// 0..1.
const STEPS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60];

export function rulerMarks(duration, from = 0, most = 12) {
  const step = STEPS.find((size) => duration / size <= most) ?? 60;
  const first = Math.ceil(from / step - 1e-6);
  const count = Math.max(0, Math.ceil((from + 0.97 * duration) / step) - first); // a label at the end would be cut off
  return Array.from({ length: count }, (_, i) => (first + i) * step).map((second) => ({
    at: (second - from) / duration,
    label: `${+second.toFixed(2)} s`,
  }));
}
