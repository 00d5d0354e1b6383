/* A page that shows a parcel of mine fetches itself anew when something happened to it. Without this it stands as it was. */
"use strict";

(() => {
  const shown = () => document.querySelector("main[data-live]");
  if (!shown() || !window.EventSource) return;
  let again = false;
  let busy = false;

  const renew = async () => {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    do {
      again = false;
      const answer = await fetch(location.href).catch(() => null);
      if (!answer || !answer.ok) break;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("main[data-live]");
      // Whoever is about to press something is not disturbed.
      if (!fresh || shown().contains(document.activeElement)) break;
      shown().replaceWith(fresh);
      document.title = page.title;
    } while (again);
    busy = false;
  };

  const events = new EventSource("/live");
  events.onmessage = renew;
  window.addEventListener("pagehide", () => events.close());
})();
