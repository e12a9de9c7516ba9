// A recording is heard: marks begin where they are, and the timeline shows how far it is.
(() => {
  "use strict";

  const player = () => document.querySelector("audio");

  // Where the browser has not yet read how long it is, it is told when it has.
  const listenFrom = (seconds) => {
    const audio = player();
    if (!audio) return;
    const begin = () => {
      audio.currentTime = seconds;
      audio.play();
    };
    if (audio.readyState >= HTMLMediaElement.HAVE_METADATA) begin();
    else {
      audio.addEventListener("loadedmetadata", begin, { once: true });
      audio.load();
    }
  };

  const showPlace = () => {
    const mark = document.querySelector("[data-playhead]");
    if (!mark) return;
    const at = String(player().currentTime * 1000);
    mark.setAttribute("x1", at);
    mark.setAttribute("x2", at);
  };

  document.addEventListener("click", (event) => {
    const place = event.target.closest("[data-listen]");
    if (place) listenFrom(Number(place.dataset.listen));
  });
  document.addEventListener("timeupdate", showPlace, { capture: true });
})();
