// Tones that a page makes by itself: without a file to load, and without a click at their ends.
(() => {
  "use strict";

  const LOUD = 0.2;
  const SOFT_SECONDS = 0.02;

  // from, to: seconds on the context's own clock.
  const tone = (context, hertz, from, to) => {
    const source = context.createOscillator();
    const volume = context.createGain();
    source.frequency.value = hertz;
    volume.gain.setValueAtTime(0, from);
    volume.gain.linearRampToValueAtTime(LOUD, from + SOFT_SECONDS);
    volume.gain.setValueAtTime(LOUD, to - SOFT_SECONDS);
    volume.gain.linearRampToValueAtTime(0, to);
    source.connect(volume).connect(context.destination);
    source.start(from);
    source.stop(to);
  };

  // Each as long as asked, one every `every` seconds.
  const row = (context, hertz, every, long) =>
    hertz.forEach((each, place) => {
      const from = context.currentTime + place * every;
      tone(context, each, from, from + long);
    });

  window.Tones = { row };
})();
