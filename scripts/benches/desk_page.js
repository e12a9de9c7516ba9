// What the measured page notices by itself, each with its instant: the click on *Call*, its own phone that rings, the
// customer's tone on the line, the visit log that can be closed.
(() => {
  "use strict";

  const CUSTOMER_HZ = 700;
  const RING_BACK_HZ = 450;
  const AUDIBLE = 0.01;
  const LOOK_MS = 4;

  let marks = {};
  let waiting = [];

  const mark = (name, at) => {
    if (marks[name] !== undefined) return;
    marks[name] = at;
    waiting = waiting.filter((each) => {
      if (each.name === name) each.resolve(at);
      return each.name !== name;
    });
  };

  const begin = () => {
    marks = {};
    waiting = [];
  };

  const until = (name) =>
    marks[name] === undefined ? new Promise((resolve) => waiting.push({ name, resolve })) : Promise.resolve(marks[name]);

  // --- what the page asks for ---------------------------------------------------------------------------------------

  const asked = window.fetch.bind(window);
  let open = 0;
  let last = 0;

  window.fetch = (...given) => {
    open += 1;
    return asked(...given).finally(() => {
      open -= 1;
      last = performance.now();
    });
  };

  // Until it has asked for nothing for so long.
  const quiet = async (milliseconds) => {
    while (open || performance.now() - last < milliseconds) await new Promise((over) => setTimeout(over, 20));
  };

  // --- click and ring -----------------------------------------------------------------------------------------------

  const clicked = (event) => {
    if (event.target.closest("#case button[data-key=c]")) mark("clicked", event.timeStamp);
  };

  const rings = (phone) => {
    if (phone.dataset.state !== "ring") return;
    mark("rang", performance.now());
    mark("rang_wall", Date.now());
  };

  // --- what is heard ------------------------------------------------------------------------------------------------

  let context = null;
  let analyser = null;
  let source = null;
  let samples = null;

  const strength = (hertz) => {
    const turn = 2 * Math.cos((2 * Math.PI * hertz) / context.sampleRate);
    let [one, two] = [0, 0];
    for (const sample of samples) [one, two] = [sample + turn * one - two, one];
    return (2 * Math.sqrt(Math.max(0, one * one + two * two - turn * one * two))) / samples.length;
  };

  const listen = () => {
    const remote = document.getElementById("phone-remote");
    const stream = remote && remote.srcObject;
    if (!stream || marks.clicked === undefined || marks.heard !== undefined) return;
    if (!context) {
      context = new AudioContext();
      analyser = context.createAnalyser();
      analyser.fftSize = 1024;
      samples = new Float32Array(analyser.fftSize);
    }
    if (!source || source.mediaStream !== stream) {
      if (source) source.disconnect();
      source = context.createMediaStreamSource(stream);
      source.connect(analyser);
    }
    analyser.getFloatTimeDomainData(samples);
    const tone = strength(CUSTOMER_HZ);
    if (tone > AUDIBLE && tone > 2 * strength(RING_BACK_HZ)) mark("heard", Date.now());
  };

  // --- the wrap-up --------------------------------------------------------------------------------------------------

  // A talk that is over before anything was heard in it.
  const deaf = () => marks.rang !== undefined && marks.heard === undefined && document.querySelector("#log button[data-key=s]");

  const usable = () => {
    const close = document.querySelector("#log button[data-key=s]");
    const field = document.querySelector("#log [name=disposition]");
    const seen = [close, field].every((each) => each && !each.disabled && each.checkVisibility());
    return seen && !document.getElementById("call");
  };

  const changed = () => {
    if (deaf() && usable()) mark("heard", null);
    if (marks.heard === undefined || marks.form !== undefined || !usable()) return;
    // Once the browser has drawn it.
    requestAnimationFrame(() => setTimeout(() => mark("form", Date.now())));
  };

  document.addEventListener("DOMContentLoaded", () => {
    const phone = document.getElementById("phone");
    if (!phone) return;
    new MutationObserver(() => rings(phone)).observe(phone, { attributes: true, attributeFilter: ["data-state"] });
    new MutationObserver(changed).observe(document.body, { childList: true, subtree: true, attributes: true });
    document.addEventListener("click", clicked, true);
    setInterval(listen, LOOK_MS);
  });

  window.bench = { begin, until, quiet, marks: () => marks };
})();
