/* What only the browser can do: say that the locker is gone, keep hands and focus in the sheet that lies above the
   screen, and tell the locker that its own screen shows it. Without this script every screen works as well; a sheet then covers nothing. */
"use strict";

(() => {
  const SILENT_MS = 5000;
  const LOST_MS = 2000;
  const LOOK_MS = 250;
  const PAINTED_MS = 5000;
  const stage = document.getElementById("stage");
  const gone = document.getElementById("gone");
  const followed = new WeakSet();
  let heard = performance.now();
  let looked = heard;
  let lost = 0;
  let outside = null;
  let covered = false;

  /* --- the locker is gone ---------------------------------------------------------------------- */

  const showGone = () => {
    if (gone.open) return;
    const screen = stage.querySelector(".screen");
    for (const [name, value] of [["data-text", screen.dataset.text], ["data-theme", screen.dataset.theme]]) {
      if (value) gone.setAttribute(name, value);
      else gone.removeAttribute(name);
    }
    for (const each of gone.querySelectorAll("[lang]")) each.hidden = each.lang !== screen.lang;
    gone.setAttribute("aria-labelledby", `gone-${screen.lang}`);
    gone.showModal();
    document.getElementById(`gone-${screen.lang}`).focus();
  };

  const here = () => {
    heard = performance.now();
    lost = 0;
    if (gone.open) gone.close();
  };

  const away = () => {
    lost = lost || performance.now();
  };

  document.addEventListener("htmx:sseOpen", (event) => {
    const source = event.detail.source;
    if (!followed.has(source)) {
      followed.add(source);
      source.addEventListener("alive", here);
      source.addEventListener("screen", here);
    }
    here();
  });
  document.addEventListener("htmx:sseError", away);
  /* A touch that did not arrive is said at once. */
  document.addEventListener("htmx:sendError", () => {
    away();
    showGone();
  });
  gone.addEventListener("cancel", (event) => event.preventDefault());
  setInterval(() => {
    const now = performance.now();
    // Whoever slept has heard nothing, and need not have missed anything.
    if (now - looked > 4 * LOOK_MS + LOST_MS) heard = now;
    looked = now;
    if (now - heard > SILENT_MS || (lost && now - lost > LOST_MS)) showGone();
  }, LOOK_MS);

  /* --- the sheet above the screen -------------------------------------------------------------- */

  const primary = (sheet) => sheet.querySelector("[autofocus]");

  const settle = () => {
    const sheet = stage.querySelector("dialog.sheet");
    const screen = stage.querySelector(".screen");
    if (screen && document.documentElement.lang !== screen.lang) document.documentElement.lang = screen.lang;
    if (sheet && !sheet.matches(":modal")) {
      sheet.removeAttribute("open");
      sheet.showModal();
    }
    // Whoever goes by keyboard goes on where they were; htmx has the focus in the sheet before we see it.
    // The screen below may be drawn anew meanwhile: what does the same is the same button.
    if (!sheet && covered && outside) {
      const same = stage.querySelector(`button[value="${CSS.escape(outside.value || "")}"]`);
      const back = outside.isConnected ? outside : same;
      if (back) back.focus({ preventScroll: true });
    }
    covered = Boolean(sheet);
  };

  document.addEventListener("focusin", (event) => {
    if (!event.target.closest("dialog")) outside = event.target;
  });

  stage.addEventListener(
    "cancel",
    (event) => {
      event.preventDefault();
      primary(event.target).click();
    },
    true,
  );
  stage.addEventListener("click", (event) => {
    if (event.target.matches("dialog.sheet")) primary(event.target).click();
  });
  new MutationObserver(settle).observe(stage, {
    childList: true,
    subtree: true,
    attributeFilter: ["lang"],
  });
  settle();

  /* --- the screen shows something ----------------------------------------------------------------- */

  /* A long touch is no way to a menu of the browser. */
  document.addEventListener("contextmenu", (event) => event.preventDefault());

  /* A finger that rests is a touch as well: where a browser takes it for the way to a menu, no click comes of it.
     Two fingers at once are none: nobody knows which key was meant. */
  const RESTED_MS = 120;
  let rests = null;
  stage.addEventListener("pointerdown", (event) => {
    rests = event.pointerType === "touch" && event.isPrimary ? event.target.closest("button") : null;
  });
  document.addEventListener("click", () => (rests = null), true);
  document.addEventListener("pointerup", (event) => {
    const button = rests;
    if (!button || !event.isPrimary) return;
    if (!button.contains(document.elementFromPoint(event.clientX, event.clientY))) return;
    setTimeout(() => {
      if (rests === button && button.isConnected) button.click();
    }, RESTED_MS);
  });

  const isSeen = () => {
    const box = (gone.open ? gone : stage.querySelector(".screen"))?.getBoundingClientRect();
    return document.visibilityState === "visible" && box && box.width * box.height > 0;
  };

  /* The second frame is asked for when the first one was drawn, and it comes only if somebody took that. */
  const tellPainted = () =>
    requestAnimationFrame(() =>
      requestAnimationFrame(async () => {
        if (isSeen()) await fetch("/painted", { method: "POST" }).catch(() => {});
        setTimeout(tellPainted, PAINTED_MS);
      }),
    );

  // Somebody who looks at this page from elsewhere says nothing of the screen in the cabinet.
  if (location.search === "?cabinet") tellPainted();
})();
