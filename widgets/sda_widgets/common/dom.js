// Helpers for the widgets' browser side. Text from files and models only ever becomes text nodes here, never markup.

export function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (key in node) node[key] = value;
    else node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

export function makeSvg(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  setAttributes(node, attributes);
  node.append(...children);
  return node;
}

export function setAttributes(node, attributes) {
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
}

export function makeButton(text, onClick, properties = {}) {
  const node = make("button", { className: "jupyter-button", type: "button", ...properties }, text);
  node.addEventListener("click", () => onClick(node));
  return node;
}

// Send a message to Python; returns whether that was possible. While a page is being closed it has no kernel.
export function post(model, message, buffers) {
  try {
    model.send(message, undefined, buffers);
    return true;
  } catch {
    return false;
  }
}

// `options` are passed to the listeners of the change.
export function setTrait(model, name, value, options) {
  model.set(name, value, options);
  model.save_changes();
}

// Keep an event from the browser and from what is around the node.
export function consume(event) {
  event.preventDefault();
  event.stopPropagation();
}

// Whether this is the served page, and not a notebook.
export const isServed = "voila" in document.body.dataset;

// Keep JupyterLab from acting on keys in a node, for example X, which cuts a cell. It looks at the focused element alone.
export function keepKeys(node, { on }) {
  on(node, "focusin", ({ target }) => (target.dataset.lmSuppressShortcuts = "true"));
}

// Event listeners of one view, for nodes and for models, which `stop` removes together.
export function makeListeners() {
  const removals = [];
  function on(target, types, handler, options) {
    for (const type of types.split(" ")) {
      if (target.addEventListener) target.addEventListener(type, handler, options);
      else target.on(type, handler);
      removals.push(() => (target.off ? target.off(type, handler) : target.removeEventListener(type, handler, options)));
    }
  }
  return { on, onStop: (act) => removals.push(act), stop: () => removals.splice(0).forEach((remove) => remove()) };
}

// A widget of `build`, which gets { model, el, on, onStop, follow }: its listeners are removed with the view, and `follow`
// calls a function now and at every change of some traits of the model.
export const widget = (build) => ({
  render({ model, el }) {
    const { on, onStop, stop } = makeListeners();
    function follow(traits, act) {
      on(model, traits.replace(/\w+/g, "change:$&"), act);
      act();
    }
    build({ model, el, on, onStop, follow });
    return stop;
  },
});
