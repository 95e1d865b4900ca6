// Values: what a frame has, and what that is made of.

import { all, call, facts, made, told } from "./asking.js";

function row(frame, each, trail) {
  const children = [
    made("span", { className: "name" }, each.name, made("span", { className: "kind", textContent: each.kind.split(".").pop(), title: each.kind })),
    made("span", { className: "said-value", textContent: each.text }),
  ];
  if (!each.opens) return made("li", {}, made("div", { className: "value", tabIndex: -1 }, ...children));
  const details = made("details", {}, made("summary", { className: "value" }, ...children));
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) told(openValue(frame, details, trail));
  });
  return made("li", {}, details);
}

async function openValue(frame, details, trail) {
  const [name, ...path] = trail;
  const inner = made("ul", { className: "rows" });
  details.append(inner);
  const answer = await call("values", { failure: facts.failure, frame: frame.number, name, path });
  inner.append(...answer.locals.map((each, at) => row(frame, each, [...trail, at])));
}

export function showLocals(frame, answer) {
  const open = new Set(all(":scope > li > details[open] .name", frame.rows).map((each) => each.firstChild.textContent));
  const known = frame.known;
  frame.known = new Map(answer.locals.map((each) => [each.name, each.text]));
  frame.rows.replaceChildren(...answer.locals.map((each) => {
    const item = row(frame, each, [each.name]);
    item.dataset.text = `${each.name} ${each.kind} ${each.text}`.toLowerCase();
    if (known && known.get(each.name) !== each.text) item.querySelector(".value").classList.add("changed");
    if (open.has(each.name) && each.opens) item.querySelector("details").open = true;
    return item;
  }));
  if (answer.left_out) frame.rows.append(made("li", { className: "none", textContent: `${answer.left_out} more` }));
  if (!answer.locals.length) frame.rows.append(made("li", { className: "none", textContent: "No locals." }));
  filterLocals(frame);
}

export function filterLocals(frame) {
  const wanted = frame.filter.value.toLowerCase();
  for (const item of frame.rows.children) item.hidden = !(item.dataset.text || "").includes(wanted);
}
