// Marks of a time ruler: at most `most` marks at round steps over the duration, with positions in 0..1.
const STEPS = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60];

export function rulerMarks(duration, most = 12) {
  const step = STEPS.find((size) => duration / size <= most) ?? 60;
  const count = Math.ceil((0.97 * duration) / step); // a label at the very end would be cut off
  return Array.from({ length: count }, (_, i) => ({ at: (i * step) / duration, label: `${+(i * step).toFixed(2)} s` }));
}
