// MIDI controllers that move sliders, and learning which controller moves which slider.
import { post, setTrait } from "../common/dom.js";

const CONTROL_CHANGE = 0xb0;

export function makeMidi(model, positions) {
  let access = null;
  let isRequested = false;
  let isStopped = false;

  const update = (trait, value) => model.get(trait) === value || setTrait(model, trait, value);

  function receive({ data: [status, controller, amount] }) {
    if ((status & 0xf0) !== CONTROL_CHANGE) return;
    const source = `${status & 0x0f}:${controller}`;
    const learning = model.get("learning");
    if (learning) {
      update("learning", "");
      post(model, { kind: "map", name: learning, source });
      return;
    }
    const assigned = model.get("midi");
    for (const { name, low, high, disabled_reason } of model.get("sliders")) {
      if (assigned[name] !== source || disabled_reason) continue;
      positions.settle({ kind: "move", name, value: low + (amount / 127) * (high - low) });
    }
  }

  const listen = () => access.inputs.forEach((input) => (input.onmidimessage = receive));

  async function request() {
    if (isRequested || isStopped) return;
    if (!navigator.requestMIDIAccess) return fail("no MIDI in this browser");
    isRequested = true;
    try {
      access = await navigator.requestMIDIAccess();
    } catch {
      isRequested = false;
      return fail("denied");
    }
    if (isStopped) return;
    access.onstatechange = listen; // also for a device plugged in later
    listen();
    update("midi_state", "listening");
  }

  function fail(state) {
    if (isStopped) return;
    update("midi_state", state);
    update("learning", "");
  }

  return {
    press(name) {
      if (model.get("midi")[name]) post(model, { kind: "forget", name });
      else if (model.get("learning") === name) update("learning", "");
      else update("learning", name);
      request();
    },
    requestIfAssigned: () => Object.keys(model.get("midi")).length && request(),
    stop() {
      isStopped = true;
      if (!access) return;
      access.onstatechange = null;
      access.inputs.forEach((input) => (input.onmidimessage = null));
    },
  };
}

export function midiText(model) {
  const learning = model.get("sliders").find(({ name }) => name === model.get("learning"));
  const state = model.get("midi_state");
  if (state === "denied") return "The browser denied access to MIDI";
  if (state === "no MIDI in this browser") return "This browser does not support MIDI";
  return learning ? `Turn a knob for ${learning.label}` : "";
}
