// Helpers for building parts of widgets: Python puts this text before theirs (common/esm.py), because a widget's module
// cannot import another. Texts from files and models only ever become text here, never markup.

function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (key in node) node[key] = value;
    else node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

function draw(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

// While a page is being closed it has no kernel, and sending fails.
function post(model, message) {
  try {
    model.send(message);
  } catch {
    return;
  }
}
