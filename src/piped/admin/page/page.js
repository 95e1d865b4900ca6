// Draws what /state says, once a second. No library: a page that shows a process must not need another.
"use strict";

const byId = (id) => document.getElementById(id);
const made = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};
const drawn = (tag, attributes, ...children) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};
const badge = (ready) => made("span", { className: ready ? "ready" : "lost", textContent: ready ? "ready" : "lost" });

function duration(seconds) {
  const [d, h, m] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  return d ? `${d} d ${h} h` : h ? `${h} h ${m} min` : m ? `${m} min ${Math.floor(seconds % 60)} s` : `${Math.floor(seconds)} s`;
}

// Times of runs go from less than a microsecond to days.
function time(seconds) {
  const [unit, factor] = seconds < 1e-3 ? ["µs", 1e6] : seconds < 1 ? ["ms", 1e3] : ["s", 1];
  return seconds < 60 ? `${(seconds * factor).toPrecision(3).replace(/e.*/, "")} ${unit}` : duration(seconds);
}

const count = (number, bad) => made("td", { className: number ? (bad ? "bad" : "") : "none", textContent: number.toLocaleString("en") });
const took = (times) => made("td", times.measured ? { textContent: time(times.mean) } : { className: "none", textContent: "–" });

function row(pipeline) {
  const turnedAway = count(pipeline.refused + pipeline.dropped, true);
  turnedAway.title = `${pipeline.refused} refused, ${pipeline.dropped} dropped`;
  return made("tr", {},
    made("td", {}, pipeline.name, ...(pipeline.capacity ? [made("br"), made("small", { textContent: pipeline.capacity })] : [])),
    count(pipeline.runs), count(pipeline.under_way), count(pipeline.waiting), count(pipeline.failures, true), turnedAway,
    took(pipeline), took({ ...pipeline, mean: pipeline.longest }),
    made("td", {}, ...(pipeline.slowest?.mean ? [`${pipeline.slowest.name} `, made("small", { textContent: time(pipeline.slowest.mean) })] : [])));
}

// Each node stands right of all that it needs, and beside the leftmost that needs it.
function columns(nodes, users) {
  const known = new Map(nodes.map((node) => [node.name, node]));
  const column = new Map();
  const place = (node, trail) => {
    if (column.has(node.name)) return column.get(node.name);
    if (trail.has(node.name)) return 0;
    trail.add(node.name);
    const needs = node.needs.filter((name) => known.has(name));
    const at = needs.length ? 1 + Math.max(...needs.map((name) => place(known.get(name), trail))) : 0;
    trail.delete(node.name);
    column.set(node.name, at);
    return at;
  };
  nodes.forEach((node) => place(node, new Set()));
  for (const node of [...nodes].sort((a, b) => column.get(b.name) - column.get(a.name))) {
    const beside = Math.min(...users.get(node.name).map((user) => column.get(user))) - 1;
    if (isFinite(beside)) column.set(node.name, Math.max(beside, column.get(node.name)));
  }
  return column;
}

// The nodes of each column, and a bend wherever a line passes through it; lines then go from one column to the next.
function arranged(nodes) {
  const users = new Map(nodes.map(({ name }) => [name, nodes.filter((each) => each.needs.includes(name)).map((each) => each.name)]));
  const at = columns(nodes, users);
  const grid = Array.from({ length: Math.max(0, ...at.values()) + 1 }, () => []);
  const cells = new Map(nodes.map((node) => [node.name, { node, left: [], right: [], ready: node.ready }]));
  nodes.forEach((node) => grid[at.get(node.name)].push(cells.get(node.name)));
  for (const node of nodes) for (const need of node.needs.filter((name) => cells.has(name))) {
    let from = cells.get(need);
    for (let between = at.get(need) + 1; between <= at.get(node.name); between++) {
      const to = between === at.get(node.name) ? cells.get(node.name) : { left: [], right: [], ready: from.ready };
      if (!to.node) grid[between].push(to);
      from.right.push(to);
      to.left.push(from);
      from = to;
    }
  }
  // Each stands near those that it is joined to, so that few lines cross.
  const number = (column) => column.forEach((cell, index) => { cell.index = index - column.length / 2; });
  const sort = (column, side) => {
    const place = new Map(column.map((cell) => [cell, cell[side].length
      ? cell[side].reduce((sum, each) => sum + each.index, 0) / cell[side].length : cell.index]));
    number(column.sort((a, b) => place.get(a) - place.get(b)));
  };
  grid.forEach(number);
  for (let sweep = 0; sweep < 4; sweep++) {
    grid.toReversed().slice(1).forEach((column) => sort(column, "right"));
    grid.slice(1).forEach((column) => sort(column, "left"));
  }
  return grid;
}

function draw(nodes) {
  const [height, gap, padding, low] = [28, 14, 12, 10];
  const text = document.createElement("canvas").getContext("2d");
  text.font = "12.5px system-ui, sans-serif";
  const edges = [], boxes = [];
  let [x, lowest] = [4, 0];
  for (const column of arranged(nodes)) {
    const width = Math.max(0, ...column.map(({ node }) => (node ? text.measureText(node.name).width + 2 * padding : 0)));
    let y = 4;
    for (const cell of column) {
      const middle = y + (cell.node ? height : low) / 2;
      Object.assign(cell, { out: x + width, middle });
      for (const from of cell.left) {
        const half = (x - from.out) / 2;
        const over = cell.node ? "" : ` H${cell.out}`;
        edges.push(drawn("path", { class: from.ready ? "" : "is-lost",
          d: `M${from.out},${from.middle} C${from.out + half},${from.middle} ${x - half},${middle} ${x},${middle}${over}` }));
      }
      if (cell.node) boxes.push(drawn("g", { class: cell.node.ready ? "" : "is-lost" },
        drawn("title", {}, `${cell.node.name}: ${cell.node.ready ? "ready" : "lost"}`),
        drawn("rect", { x, y, width, height }),
        drawn("text", { x: x + padding, y: middle + 4 }, cell.node.name)));
      y += (cell.node ? height : low) + gap;
    }
    lowest = Math.max(lowest, y);
    x += width + 70;
  }
  const svg = byId("drawing");
  svg.setAttribute("width", Math.max(0, x - 70) + 8);
  svg.setAttribute("height", lowest);
  svg.replaceChildren(...edges, ...boxes);
}

// How many items have passed each part since the last look, a second.
const looks = new Map();
function rate(key, passed) {
  const [now, before] = [performance.now() / 1000, looks.get(key)];
  looks.set(key, { passed, now });
  return before && passed >= before.passed ? Math.round((passed - before.passed) / (now - before.now)) : 0;
}

// Each part stands one column right of the rightmost that flows into it.
function flow(state) {
  const [height, gap, step, padding] = [42, 12, 46, 10];
  const column = state.parts.map(() => 0);
  state.parts.forEach((part, at) => part.into.forEach((to) => { column[to] = Math.max(column[to], column[at] + 1); }));
  const text = document.createElement("canvas").getContext("2d");
  text.font = "12.5px system-ui, sans-serif";
  const said = state.parts.map((part, at) => `${rate(`${state.name}/${at}`, part.passed).toLocaleString("en")}/s`
    + (part.waiting ? ` · ${part.waiting.toLocaleString("en")} wait` : "")
    + (part.refused ? ` · ${part.refused.toLocaleString("en")} refused` : "")
    + (part.dropped ? ` · ${part.dropped.toLocaleString("en")} dropped` : ""));
  const width = [], filled = [];
  state.parts.forEach((part, at) => {
    // What is drawn as an image may be a little wider than it is on a canvas.
    const needed = 1.06 * Math.max(text.measureText(part.name).width, text.measureText(said[at]).width) + 2 * padding;
    width[column[at]] = Math.max(width[column[at]] || 96, needed);
  });
  const left = width.map((_, at) => width.slice(0, at).reduce((sum, each) => sum + each + step, 4));
  const boxes = state.parts.map((part, at) => {
    const y = filled[column[at]] ?? 4;
    filled[column[at]] = y + height + gap;
    return { x: left[column[at]], y, w: width[column[at]] };
  });
  const edges = state.parts.flatMap((part, at) => part.into.map((to) => {
    const [x1, y1, x2, y2] = [boxes[at].x + boxes[at].w, boxes[at].y + height / 2, boxes[to].x, boxes[to].y + height / 2];
    return drawn("path", { d: `M${x1},${y1} C${x1 + step / 2},${y1} ${x2 - step / 2},${y2} ${x2},${y2}` });
  }));
  const drawing = drawn("svg", { role: "img", "aria-label": `the flow ${state.name}`,
    width: left.at(-1) + width.at(-1) + 8, height: Math.max(...filled) }, ...edges, ...state.parts.map((part, at) => {
    const { x, y, w } = boxes[at];
    const told = part.holds_back ? "it holds back what is before it" : part.is_paused ? "it is held back" : "it flows";
    return drawn("g", { class: part.holds_back ? "holds" : part.is_paused ? "held" : "" },
      drawn("title", {}, `${part.name}: ${told}; ${part.passed.toLocaleString("en")} items so far`),
      drawn("rect", { x, y, width: w, height }),
      drawn("text", { x: x + padding, y: y + 17 }, part.name),
      drawn("text", { x: x + padding, y: y + 33, class: "small" }, said[at]));
  }));
  return made("div", {}, made("h3", { textContent: state.name + (!state.flows ? ": does not flow" : "senders" in state ? `: ${state.senders} through here` : "") }), ...(state.parts.length ? [drawing] : []));
}

function show(state) {
  document.title = byId("name").textContent = state.name;
  byId("facts").replaceChildren(...Object.entries({
    pid: state.pid, up: duration(state.uptime), piped: state.version, python: state.python, file: state.file,
  }).map(([name, value]) => made("div", {}, made("dt", { textContent: name }), made("dd", { textContent: value }))));
  draw(state.dependencies);
  byId("pipelines").replaceChildren(...[...state.pipelines].sort((a, b) => b.runs - a.runs || a.name.localeCompare(b.name)).map(row));
  byId("flowing").hidden = !state.flows.length;
  byId("flows").replaceChildren(...state.flows.map(flow));
  byId("resources").replaceChildren(...state.resources.map((each) => made("tr", {},
    made("td", { textContent: each.path }), made("td", {}, badge(each.ready)), made("td", { textContent: each.users.join(", ") || "–" }))));
  byId("services").replaceChildren(...state.services.map((each) => made("tr", {},
    made("td", { textContent: each.name }), made("td", { textContent: each.running ? "running" : "stopped" }))));
  const lines = byId("lines");
  const atEnd = lines.scrollTop + lines.clientHeight >= lines.scrollHeight - 4;
  lines.replaceChildren(...state.log.map((each) => made("li", { className: each.level },
    made("time", { textContent: each.time }), `${each.logger}: ${each.message}`)));
  if (atEnd) lines.scrollTop = lines.scrollHeight;
}

async function turn() {
  const connection = byId("connection");
  try {
    const answer = await fetch("state", { cache: "no-store" });
    if (!answer.ok) throw new Error(`${answer.status}`);
    show(await answer.json());
    connection.className = "";
    connection.textContent = "live";
  } catch (error) {
    connection.className = "lost";
    connection.textContent = "no answer from the process";
  }
  setTimeout(turn, 1000);
}

turn();
