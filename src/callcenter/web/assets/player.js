// A recording is heard: from where a mark begins, faster or slower, one side alone; the timeline shows how far it is.
(() => {
  "use strict";

  const player = () => document.querySelector("audio");

  // Where the browser has not yet read how long it is, it is told when it has.
  const whenKnown = (audio, begin) => {
    if (audio.readyState >= HTMLMediaElement.HAVE_METADATA) begin();
    else {
      audio.addEventListener("loadedmetadata", begin, { once: true });
      if (audio.networkState !== HTMLMediaElement.NETWORK_LOADING) audio.load();
    }
  };

  const listenFrom = (seconds) => {
    const audio = player();
    if (!audio) return;
    whenKnown(audio, () => {
      audio.currentTime = seconds;
      audio.play();
    });
  };

  const skip = (seconds) => {
    const audio = player();
    whenKnown(audio, () => {
      audio.currentTime = Math.min(Math.max(audio.currentTime + seconds, 0), audio.duration);
    });
  };

  // The one whom a place on the timeline is asked of with the mouse; by key there are the marks and the player itself.
  const listenAt = (event, timeline) => {
    const { left, width } = timeline.getBoundingClientRect();
    listenFrom(((event.clientX - left) / width) * (timeline.viewBox.baseVal.width / 1000));
  };

  // --- one side alone ----------------------------------------------------------------------------------------------

  let sound = null;

  const wired = () => {
    if (sound) return sound;
    const context = new AudioContext();
    const source = context.createMediaElementSource(player());
    sound = { context, source, sides: context.createChannelSplitter(2), ears: context.createChannelMerger(2) };
    return sound;
  };

  const hear = (channel) => {
    if (!sound && channel === "both") return;
    const { context, source, sides, ears } = wired();
    for (const each of [source, sides, ears]) each.disconnect();
    if (channel === "both") source.connect(context.destination);
    else {
      const side = channel === "left" ? 0 : 1;
      source.connect(sides);
      for (const ear of [0, 1]) sides.connect(ears, side, ear);
      ears.connect(context.destination);
    }
    context.resume();
  };

  const showPlace = () => {
    const mark = document.querySelector("[data-playhead]");
    if (!mark) return;
    const at = String(player().currentTime * 1000);
    mark.setAttribute("x1", at);
    mark.setAttribute("x2", at);
  };

  document.addEventListener("click", (event) => {
    const asked = event.target.closest("[data-listen], [data-skip], [data-play], [data-timeline]");
    if (!asked) return;
    if ("listen" in asked.dataset) listenFrom(Number(asked.dataset.listen));
    else if ("skip" in asked.dataset) skip(Number(asked.dataset.skip));
    else if ("timeline" in asked.dataset) listenAt(event, asked);
    else if (player().paused) player().play();
    else player().pause();
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-speed]")) {
      // Loading falls back on the default.
      player().defaultPlaybackRate = player().playbackRate = Number(event.target.value);
    } else if (event.target.matches("[data-channel]")) hear(event.target.value);
  });
  // Browsers let a page sound only once somebody did something on it.
  document.addEventListener("play", () => sound?.context.resume(), { capture: true });
  for (const moved of ["timeupdate", "seeked"]) document.addEventListener(moved, showPlace, { capture: true });
})();
