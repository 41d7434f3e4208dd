// What several windows build their parts with: Python puts this text before theirs (common/esm.py), because a module of
// the page can't import another. Words of files and models only ever become text here, never markup.

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

// A page that is being left has no kernel any more, for a moment.
function post(model, message) {
  try {
    model.send(message);
  } catch {
    return;
  }
}
