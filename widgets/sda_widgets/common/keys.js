// Keys of the table in keys.py: which act an event asks for. Widgets get the keys of their place as the trait `keymap`.
import { consume, isServed } from "./dom.js";

// Alt belongs to the system, except where a layout needs it for a sign such as [.
const isSystems = ({ altKey, key }) => altKey && !/^[^\w\s]$/.test(key);

// The names of an event's key: with Shift also the digit under it, which layouts write in different ways.
function namesOf({ key, shiftKey, code }) {
  const name = key.length === 1 ? key.toLowerCase() : key;
  const digit = shiftKey ? code?.match(/^Digit([0-9])$/)?.[1] : undefined;
  return digit ? [name, digit] : [name];
}

// The entry of the table that an event asks for, with the `name` of the key that was pressed; undefined for none.
export function keyOf(keys, event) {
  if (isSystems(event)) return undefined;
  const ctrl = event.ctrlKey || event.metaKey;
  for (const name of namesOf(event)) {
    const found = keys.find((one) => one.keys.includes(name) && one.ctrl === ctrl && (one.shift ?? event.shiftKey) === event.shiftKey);
    if (found) return { ...found, name };
  }
  return undefined;
}

// Call the act of an event, one of `acts` by name, and keep the event from others. Returns whether there was one; an act
// that returns false has declined.
export function actOn(keys, acts, event) {
  const key = keyOf(keys, event);
  const act = key && acts[key.act];
  if (!act) return false;
  if (act(event, key) === false) return false;
  consume(event);
  return true;
}

// A tooltip: words, with the keys of the act in brackets.
export function hint(keys, words, act) {
  const labels = keys.filter((one) => one.act === act).map(({ label }) => label);
  return labels.length ? `${words} (${labels.join(" or ")})` : words;
}

// All keys and what they do in one line, for screen readers.
export const spoken = (keys) => keys.map(({ label, words }) => `${label}: ${words}`).join(", ");

const TYPED = "input:not([type=range], [type=checkbox], [type=radio], [type=button]), textarea, select, [contenteditable=true]";

// Whether the focus is where keys type text, or choose by letters.
export const isTyping = ({ target }) => Boolean(target.closest?.(TYPED));

// A box that the keyboard has led to keeps the Space key, which is the only one that ticks it. Buttons take Enter.
export const keepsSpace = ({ target }) => Boolean(target.closest?.("input:is([type=checkbox], [type=radio]):focus-visible, summary"));

// Whether an event is for a widget's root; on the served page also where nothing has the focus.
export function isOurs(el, { target }) {
  return (el.closest(".sda-app") ?? el).contains(target) || (isServed && target === document.body);
}
