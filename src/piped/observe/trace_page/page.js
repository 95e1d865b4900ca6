
"use strict";
const trace = JSON.parse(document.getElementById("trace").textContent);
const steps = trace.steps;
const byId = (id) => document.getElementById(id);
const dialog = byId("step");
// Stand for what is not there, and for what is not compared with anything.
const NONE = Symbol("none"), SAME = Symbol("same");
let current = -1;

function made(tag, kind, ...children) {
  const element = document.createElement(tag);
  if (kind) element.className = kind;
  element.append(...children);
  return element;
}

const isTree = (value) => value !== null && typeof value === "object";
const isAlike = (one, other) => isTree(one) && isTree(other) && Array.isArray(one) === Array.isArray(other);
const at = (value, key) => (Object.hasOwn(value, key) ? value[key] : NONE);

function brief(value) {
  if (Array.isArray(value)) return `[${value.length}]`;
  return isTree(value) ? `{${Object.keys(value).length}}` : JSON.stringify(value);
}

function markOf(now, before) {
  if (before === SAME) return "";
  if (before === NONE) return "added";
  if (now === NONE) return "removed";
  if (isAlike(now, before)) return "";
  return now === before ? "" : "changed";
}

// One entry of a tree: `now`, with what differs from `before`.
function entry(key, now, before, depth) {
  const mark = markOf(now, before);
  const shown = now === NONE ? before : now;
  const item = made("li", mark);
  const name = key === "" ? [] : [made("span", "key", key), ": "];
  if (!isTree(shown) || !Object.keys(shown).length) {
    const row = made("div", "row", ...name, brief(shown));
    if (mark === "changed") row.append(made("s", "", brief(before)));
    item.append(row);
    return item;
  }
  const details = made("details", "", made("summary", "", ...name, made("span", "brief", brief(shown))));
  const compared = mark === "" && before !== SAME ? before : null;
  const keys = new Set([...(compared ? Object.keys(compared) : []), ...Object.keys(shown)]);
  const list = made("ul", "");
  for (const each of keys) {
    list.append(entry(each, at(shown, each), compared ? at(compared, each) : SAME, depth + 1));
  }
  details.append(list);
  details.open = depth < 2 || list.querySelector(".added, .changed, .removed") !== null;
  item.append(details);
  return item;
}

function part(title, value, before, kind) {
  const list = made("ul", "tree", entry("", value, before, 0));
  return made("section", kind, made("h3", "", title), list);
}

function nameOf(place, otherwise) {
  if (place === null) return otherwise;
  const found = trace.processors[place];
  return found.pipeline ? `${found.processor || found.step} (${found.pipeline})` : found.processor || found.step;
}

const wayOf = (step) =>
  `${nameOf(step.source, "in")} → ${nameOf(step.destination, step.kind === "result" ? "result" : "out")}`;
const timeOf = (step) => (step.time === null ? "" : `${(step.time * 1000).toFixed(3)} ms`);

function show(index) {
  if (index < 0 || index >= steps.length) return;
  const step = steps[index];
  mark(index);
  byId("step-title").textContent = `Step ${index + 1} of ${steps.length}`;
  byId("way").textContent = [wayOf(step), timeOf(step)].filter(Boolean).join(" · ");
  const before = index ? steps[index - 1].baton : SAME;
  const parts = [part("Baton", step.baton, before, "wide")];
  if (step.failure) parts.unshift(part("Failure", step.failure, SAME, "wide failure"));
  for (const [title, place] of [["Source", step.source], ["Destination", step.destination]]) {
    if (place !== null) parts.push(part(title, trace.processors[place], SAME, ""));
  }
  byId("parts").replaceChildren(...parts);
  byId("previous").disabled = index === 0;
  byId("next").disabled = index === steps.length - 1;
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
  // Buttons that have become of no use would keep the keys from us.
  if (document.activeElement === null || document.activeElement.disabled) byId("close").focus();
}

// The arrow of a step; of many alike, only the first have one of their own.
function arrowOf(index) {
  const { source, destination, kind } = steps[index];
  for (let each = index; each >= 0; each -= 1) {
    const other = steps[each];
    if (other.source !== source || other.destination !== destination || other.kind !== kind) continue;
    const arrow = byId(`baton_${each + 1}`);
    if (arrow) return arrow;
  }
  return null;
}

function mark(index) {
  for (const each of document.querySelectorAll("#drawing .current")) each.classList.remove("current");
  for (const each of document.querySelectorAll("#list [aria-current]")) each.removeAttribute("aria-current");
  current = index;
  arrowOf(index)?.classList.add("current");
  const button = byId("list").children[index].firstChild;
  button.setAttribute("aria-current", "step");
  button.scrollIntoView({ block: "nearest" });
  history.replaceState(null, "", `#step-${index + 1}`);
}

function listed(step, index) {
  const button = made("button", step.kind);
  button.type = "button";
  button.append(
    made("span", "number", `${index + 1}`),
    made("span", "way", wayOf(step)),
    made("span", "time", timeOf(step)),
  );
  button.addEventListener("click", () => show(index));
  return made("li", "", button);
}

// Make the arrow of a step in the drawing a button.
function connect(step, index) {
  const arrow = byId(`baton_${index + 1}`);
  if (!arrow) return;
  arrow.setAttribute("role", "button");
  arrow.setAttribute("tabindex", "0");
  arrow.setAttribute("aria-label", `Step ${index + 1}: ${wayOf(step)}`);
  const line = arrow.querySelector("path");
  if (line) {
    const hit = line.cloneNode();
    hit.setAttribute("class", "hit");
    line.after(hit);
  }
  arrow.addEventListener("click", () => show(index));
  arrow.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    show(index);
  });
}

document.addEventListener("keydown", (event) => {
  const writes = event.target.closest?.("input, textarea");
  if (writes || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "n") show(current + 1);
  else if (event.key === "p") show(dialog.open ? current - 1 : Math.max(current, 0));
  else return;
  event.preventDefault();
});
byId("previous").addEventListener("click", () => show(current - 1));
byId("next").addEventListener("click", () => show(current + 1));
byId("close").addEventListener("click", () => dialog.close());
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

const baton = byId("baton");
function check() {
  try {
    JSON.parse(baton.value || "null");
    baton.setCustomValidity("");
  } catch (error) {
    baton.setCustomValidity(`This is no JSON: ${error.message}`);
  }
}
baton.addEventListener("input", check);

byId("list").append(...steps.map(listed));
steps.forEach(connect);
byId("note").textContent = trace.left_out ? `… and ${trace.left_out} more` : "";
if (!steps.length) byId("note").textContent = "Nothing has been traced yet.";
document.querySelector("main").classList.toggle("without", !document.querySelector("#drawing svg"));
if (!steps.length) byId("pipeline").focus();
const asked = /^#step-(\d+)$/.exec(location.hash);
if (asked) show(Number(asked[1]) - 1);
