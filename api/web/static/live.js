/* One stream a browser, however many tabs: a browser has six connections to a host, and every stream keeps one.
   The tab that holds the lock listens and tells the others; when it goes, the next one takes over. Where there are no
   locks, which need HTTPS or this machine itself, pages look every ten seconds as they do without a stream. */
"use strict";

(() => {
  const AGAIN_MS = 5000;

  /* `told` is called with "changed" when something happened, with "opened" and "lost" as the stream comes and goes. */
  window.followChanges = (told) => {
    if (!navigator.locks || !window.BroadcastChannel) return;
    const tabs = new BroadcastChannel("live");
    tabs.onmessage = (event) => told(event.data);

    const tell = (what) => {
      tabs.postMessage(what);
      told(what);
    };

    const listen = () =>
      new Promise((release) => {
        let events = null;
        let again = 0;
        const open = () => {
          events = new EventSource("/live");
          events.onmessage = () => tell("changed");
          events.onopen = () => tell("opened");
          events.onerror = () => {
            tell("lost");
            // The browser comes again by itself, unless the answer was no stream.
            if (events.readyState === EventSource.CLOSED) again = setTimeout(open, AGAIN_MS * (1 + Math.random()));
          };
        };
        open();
        window.addEventListener("pagehide", () => {
          clearTimeout(again);
          events.close();
          release();
        });
      });

    navigator.locks.request("live", listen).catch(() => {});
  };
})();
