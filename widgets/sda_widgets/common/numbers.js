export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

// Position of a value in a range, 0..1.
export const fraction = (value, low, high) => (high > low ? clamp((value - low) / (high - low), 0, 1) : 0);
