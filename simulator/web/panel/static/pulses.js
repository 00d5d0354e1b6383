/* The last minute of pulses as a strip: a line a door, a mark a pulse. */

import { drawn, timeOf } from "./calls.js";

const strip = document.getElementById("pulses");
const empty = document.getElementById("no-pulses");
const LEFT = 40, ROW = 22, MINUTE = 60_000, MOST = 6;

export function show(pulses, now) {
  const recent = pulses.filter((pulse) => now - Date.parse(pulse.at) < MINUTE && Date.parse(pulse.at) <= now + 1000);
  const doors = [...new Set(recent.map((pulse) => pulse.door).reverse())].slice(0, MOST).sort();
  empty.hidden = doors.length > 0;
  strip.toggleAttribute("hidden", doors.length === 0);
  if (!doors.length) return;
  const right = strip.clientWidth || 560;
  const wide = right - LEFT;
  const base = doors.length * ROW;
  strip.setAttribute("viewBox", `0 0 ${right} ${base + 18}`);
  strip.setAttribute("aria-label", `Pulses in the last minute: ${recent.map((pulse) => `${pulse.door} at ${timeOf(pulse.at)}`).join(", ")}`);
  strip.replaceChildren(...doors.flatMap(line), ...recent.filter((pulse) => doors.includes(pulse.door)).map(mark), ...axis());

  function line(door, row) {
    const y = row * ROW + 14;
    return [drawn("path", { class: "t", d: `M${LEFT} ${y}H${right}` }), drawn("text", { x: 0, y: y + 4 }, door)];
  }
  function mark(pulse) {
    const x = LEFT + wide * (1 - (now - Date.parse(pulse.at)) / MINUTE);
    const width = Math.max(5, ((pulse.ms ?? 400) / MINUTE) * wide);
    const y = doors.indexOf(pulse.door) * ROW + 6;
    return drawn("rect", { class: pulse.ms === null ? "p is-now" : "p", x: Math.min(x, right - width), y, width, height: 16 });
  }
  function axis() {
    return [["start", LEFT, MINUTE], ["middle", LEFT + wide / 2, MINUTE / 2], ["end", right, 0]].map(([anchor, x, ago]) =>
      drawn("text", { x, y: base + 14, "text-anchor": anchor }, timeOf(now - ago)));
  }
}
