// The way that a call's sound takes between this page and the switch: watched, and looked for anew while there is none.
(() => {
  "use strict";

  const SOON_MS = 200;
  const PATIENCE_MS = 1000;
  const AGAIN_MS = 3000;

  // Until a browser knows that this page may use the microphone, it hides the addresses behind names of its own making,
  // which the switch cannot resolve: it gives up at once, and does not listen to the browser any more.
  const hides = (description) => {
    const named = [...description.matchAll(/^a=candidate:\S+ \d+ udp \d+ (\S+)/gim)].map(([, address]) => address);
    return named.every((address) => address.endsWith(".local"));
  };

  // told: is given whether there is a way, at each change but the first success. What it returns ends the watch.
  const watch = (session, told) => {
    let next = null;
    let confirmed = false;
    let hidden = false;
    let seeking = false;
    let over = false;

    const open = () => session.connection.connectionState === "connected";

    const later = (milliseconds) => {
      clearTimeout(next);
      next = over ? null : setTimeout(seek, milliseconds);
    };

    const seek = () => {
      if (over || open()) return;
      if (!seeking) told(false);
      seeking = true;
      const asked = session.isReadyToReOffer() && session.renegotiate({ rtcOfferConstraints: { iceRestart: true } });
      later(asked ? AGAIN_MS : SOON_MS);
    };

    const look = () => {
      if (open()) {
        clearTimeout(next);
        if (seeking) told(true);
        seeking = false;
      } else if (confirmed && !seeking) {
        later(session.connection.connectionState === "failed" ? 0 : hidden ? SOON_MS : PATIENCE_MS);
      }
    };

    session.on("sdp", ({ originator, sdp }) => {
      if (originator === "local") hidden = hides(sdp);
    });
    session.on("peerconnection", ({ peerconnection }) => peerconnection.addEventListener("connectionstatechange", look));
    session.on("confirmed", () => {
      confirmed = true;
      look();
    });
    return () => {
      over = true;
      clearTimeout(next);
    };
  };

  window.PhoneWay = { watch };
})();
