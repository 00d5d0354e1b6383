/* The pad of the screen that is signed on. What was drawn stays in this page until the confirming touch takes its points
   along; the locker draws the signature itself, from the points. */
"use strict";

(() => {
  const stage = document.getElementById("stage");
  let pad = null;

  const ratio = () => Math.max(window.devicePixelRatio || 1, 1);
  const fits = (canvas) =>
    canvas.width === Math.round(canvas.offsetWidth * ratio()) && canvas.height === Math.round(canvas.offsetHeight * ratio());

  /* The canvas has as many pixels as it is shown with: a stroke then lies under the finger. A screen that is drawn anew
     takes the size away, and with it what was drawn: it is drawn again. */
  const fit = () => {
    const canvas = pad.canvas;
    const drawn = pad.toData();
    canvas.width = Math.round(canvas.offsetWidth * ratio());
    canvas.height = Math.round(canvas.offsetHeight * ratio());
    canvas.getContext("2d").scale(ratio(), ratio());
    pad.penColor = getComputedStyle(canvas).color;
    pad.fromData(drawn.map((stroke) => ({ ...stroke, penColor: pad.penColor })));
  };

  const bind = () => {
    const canvas = document.getElementById("pad");
    if (!canvas) {
      pad = null;
      return;
    }
    if (!pad || pad.canvas !== canvas) {
      pad = new SignaturePad(canvas, { minDistance: 4 });
      pad.addEventListener("endStroke", () => document.getElementById("stroke")?.click());
    }
    if (!fits(canvas) || pad.penColor !== getComputedStyle(canvas).color) fit();
  };

  window.addEventListener("resize", bind);

  document.addEventListener("htmx:configRequest", (event) => {
    const { parameters } = event.detail;
    if (!pad) return;
    if (parameters.act === "clear") pad.clear();
    if (parameters.act !== "sign") return;
    const [width, height] = [pad.canvas.offsetWidth, pad.canvas.offsetHeight];
    const inside = (value, most) => Math.min(Math.max(Math.round(value * 10) / 10, 0), most);
    const strokes = pad
      .toData()
      .map((stroke) => stroke.points.map(({ x, y, time }) => [inside(x, width), inside(y, height), time]));
    parameters.points = JSON.stringify({ width, height, strokes });
  });

  new MutationObserver(bind).observe(stage, { attributeFilter: ["width", "data-theme"], childList: true, subtree: true });
  bind();
})();
