// A customer rings back: as long as the page shows the offer (`data-ring`), it can be heard.
(() => {
  "use strict";

  const EVERY_MS = 3000;
  const TONES = [[0, 520], [0.22, 660], [0.44, 520], [0.66, 660]];
  let audio = null;
  let next = null;

  // Browsers let a page be heard once somebody has used it.
  const wake = () => {
    if (!audio && window.AudioContext) audio = new AudioContext();
    if (audio && audio.state === "suspended") audio.resume();
  };

  const tone = (at, hertz) => {
    const source = audio.createOscillator();
    const volume = audio.createGain();
    source.frequency.value = hertz;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.2, at + 0.02);
    volume.gain.linearRampToValueAtTime(0, at + 0.2);
    source.connect(volume).connect(audio.destination);
    source.start(at);
    source.stop(at + 0.2);
  };

  const ring = () => {
    clearTimeout(next);
    next = null;
    const offer = document.querySelector("[data-ring]");
    if (!offer) return;
    offer.dataset.rung = String(Number(offer.dataset.rung || 0) + 1);
    if (audio && audio.state === "running") {
      for (const [after, hertz] of TONES) tone(audio.currentTime + after, hertz);
    }
    next = setTimeout(ring, EVERY_MS);
  };

  const look = () => {
    if (!next && document.querySelector("[data-ring]")) ring();
  };

  for (const deed of ["pointerdown", "keydown"]) document.addEventListener(deed, wake);
  document.addEventListener("htmx:after:swap", look);
  look();
})();
