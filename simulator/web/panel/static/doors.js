/* The doors of the drawing: each is drawn once by the server, here its state is turned on and off. */

import { ask } from "./calls.js";

const all = new Map([...document.querySelectorAll(".w-door")].map((node) => [node.dataset.door, node]));
const layer = document.getElementById("doors");
const short = (fault) => fault.replace("switch-stuck", "stuck").replace("-", " ");

export const first = all.keys().next().value;

export function whenChosen(choose, chosen) {
  for (const [id, node] of all) {
    const act = (event) => {
      event.preventDefault();
      if (chosen() === id) move(id, node);
      choose(id);
    };
    node.addEventListener("click", act);
    node.addEventListener("keydown", (event) => {
      if (event.key === " ") act(event);
    });
  }
}

function move(id, node) {
  ask(`/doors/${encodeURIComponent(id)}`, { do: node.dataset.open === "true" ? "push" : "pull" });
}

export function show(doors, chosen) {
  for (const [id, node] of all) {
    const door = doors[id];
    if (!door) continue;
    const opened = door.open && node.dataset.open !== "true";
    node.dataset.open = door.open;
    node.classList.toggle("is-open", door.open && door.wide);
    node.classList.toggle("is-ajar", door.open && !door.wide);
    node.classList.toggle("is-firing", door.coil);
    node.classList.toggle("has-load", door.load !== null);
    node.classList.toggle("is-fault", door.faults.length > 0);
    node.classList.toggle("is-pick", id === chosen);
    node.setAttribute("aria-label", words(id, door));
    node.setAttribute("aria-pressed", id === chosen);
    const fault = node.querySelector(".w-fault");
    const told = door.faults.length > 1 ? `${door.faults.length} faults` : door.faults.map(short).join("");
    if (fault.textContent !== told) fault.textContent = told;
    if (opened) raise(node);
  }
}

/* a leaf covers its neighbours, so an opened door is drawn last; moving a node would lose the focus */
function raise(node) {
  const focused = document.activeElement === node;
  layer.append(node);
  if (focused) node.focus();
}

function words(id, door) {
  const stands = door.open ? (door.wide ? "open" : "ajar") : door.latched ? "shut and latched" : "shut, not latched";
  const parts = [id, stands];
  if (door.coil) parts.push("coil energised");
  parts.push(door.load === null ? "nothing inside" : `holds ${door.load}`);
  return [...parts, ...door.faults.map(short)].join(", ");
}
