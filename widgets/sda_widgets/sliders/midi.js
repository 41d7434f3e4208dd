// MIDI controllers that move sliders, and learning which controller moves which slider.
import { post } from "../common/dom.js";

const CONTROL_CHANGE = 0xb0;

export function makeMidi(model, positions, redraw) {
  let access = null;
  let isRequested = false;
  let isStopped = false;
  let learning = ""; // the slider that waits for a controller
  let problem = "";

  function learn(name, text = "") {
    [learning, problem] = [name, text];
    redraw();
  }

  function receive({ data: [status, controller, amount] }) {
    if ((status & 0xf0) !== CONTROL_CHANGE) return;
    const source = `${status & 0x0f}:${controller}`;
    if (learning) {
      post(model, { kind: "map", name: learning, source });
      return learn("");
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
    if (!navigator.requestMIDIAccess) return learn("", "This browser does not support MIDI");
    isRequested = true;
    try {
      access = await navigator.requestMIDIAccess();
    } catch {
      isRequested = false;
      return isStopped || learn("", "The browser denied access to MIDI");
    }
    if (isStopped) return;
    access.onstatechange = listen; // also for a device plugged in later
    listen();
  }

  return {
    press(name) {
      if (model.get("midi")[name]) post(model, { kind: "forget", name });
      else learn(learning === name ? "" : name);
      request();
    },
    requestIfAssigned: () => Object.keys(model.get("midi")).length && request(),
    isLearning: (name) => learning === name,
    text() {
      const slider = model.get("sliders").find(({ name }) => name === learning);
      return problem || (slider ? `Turn a knob for ${slider.label}` : "");
    },
    stop() {
      isStopped = true;
      if (!access) return;
      access.onstatechange = null;
      access.inputs.forEach((input) => (input.onmidimessage = null));
    },
  };
}
