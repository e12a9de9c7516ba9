// A customer rings back: as long as the page shows the offer (`data-ring`), it can be heard.
(() => {
  "use strict";

  const EVERY_MS = 3000;
  const TONES_HZ = [520, 660, 520, 660];
  let audio = null;
  let next = null;

  // Browsers let a page be heard once somebody has used it.
  const wake = () => {
    if (!audio && window.AudioContext) {
      audio = new AudioContext();
      // Where the agent chose a speaker for his phone, this rings there too.
      if (window.PhoneAudio) PhoneAudio.lead(audio);
    }
    if (audio && audio.state === "suspended") audio.resume();
  };

  const ring = () => {
    clearTimeout(next);
    next = null;
    const offer = document.querySelector("[data-ring]");
    if (!offer) return;
    offer.dataset.rung = String(Number(offer.dataset.rung || 0) + 1);
    if (audio && audio.state === "running") Tones.row(audio, TONES_HZ, 0.22, 0.2);
    next = setTimeout(ring, EVERY_MS);
  };

  const look = () => {
    if (!next && document.querySelector("[data-ring]")) ring();
  };

  for (const deed of ["pointerdown", "keydown"]) document.addEventListener(deed, wake);
  document.addEventListener("htmx:after:swap", look);
  look();
})();
