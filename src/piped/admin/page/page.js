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

// Each node stands one column right of the rightmost that it needs.
function columns(nodes) {
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
  return column;
}

function draw(nodes) {
  const [height, gap, padding] = [28, 14, 12];
  const column = columns(nodes);
  const width = [];
  const text = document.createElement("canvas").getContext("2d");
  text.font = "12.5px system-ui, sans-serif";
  for (const node of nodes) {
    const at = column.get(node.name);
    width[at] = Math.max(width[at] || 0, text.measureText(node.name).width + 2 * padding);
  }
  const left = width.map((_, at) => width.slice(0, at).reduce((sum, each) => sum + each + 70, 4));
  const filled = width.map(() => 4);
  const box = new Map();
  for (const node of nodes) {
    const at = column.get(node.name);
    box.set(node.name, { x: left[at], y: filled[at], w: width[at] });
    filled[at] += height + gap;
  }
  const edges = [], boxes = [];
  for (const node of nodes) {
    const to = box.get(node.name);
    for (const need of node.needs) {
      const from = box.get(need);
      if (!from) continue;
      const [x1, y1, x2, y2] = [from.x + from.w, from.y + height / 2, to.x, to.y + height / 2];
      const bend = Math.max(30, (x2 - x1) / 2);
      const lost = nodes.find((each) => each.name === need).ready ? "" : "is-lost";
      edges.push(drawn("path", { d: `M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`, class: lost }));
    }
    boxes.push(drawn("g", { class: node.ready ? "" : "is-lost" },
      drawn("title", {}, `${node.name}: ${node.ready ? "ready" : "lost"}`),
      drawn("rect", { x: to.x, y: to.y, width: to.w, height }),
      drawn("text", { x: to.x + padding, y: to.y + height / 2 + 4 }, node.name)));
  }
  const svg = byId("drawing");
  svg.setAttribute("width", Math.max(0, ...left.map((each, at) => each + width[at])) + 8);
  svg.setAttribute("height", Math.max(0, ...filled));
  svg.replaceChildren(...edges, ...boxes);
}

function show(state) {
  document.title = byId("name").textContent = state.name;
  byId("facts").replaceChildren(...Object.entries({
    pid: state.pid, up: duration(state.uptime), piped: state.version, python: state.python, file: state.file,
  }).map(([name, value]) => made("div", {}, made("dt", { textContent: name }), made("dd", { textContent: value }))));
  draw(state.dependencies);
  byId("pipelines").replaceChildren(...[...state.pipelines].sort((a, b) => b.runs - a.runs || a.name.localeCompare(b.name)).map(row));
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
