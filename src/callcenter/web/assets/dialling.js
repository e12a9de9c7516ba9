// A press on Call while this browser's phone is being connected is not lost: it waits where it is seen, and dials once
// the phone is there; or it says why it did not.
(() => {
  "use strict";

  const PATIENCE_MS = 20000;
  const phone = document.getElementById("phone");
  if (!phone) return;

  let kept = "";
  let patience = null;

  const form = () => document.querySelector("form[data-dial]");
  const note = () => document.querySelector("[data-dial-told]");

  const lacks = (there) => "lacksPhone" in there.dataset;

  const tell = (text, waits) => {
    const place = note();
    if (!place) return;
    place.querySelector("[role=status]").textContent = text;
    place.querySelector("button").hidden = !waits;
    place.dataset.dialTold = waits ? "waits" : text ? "failed" : "";
  };

  const drop = (why = "") => {
    kept = "";
    clearTimeout(patience);
    tell(why && note() ? note().dataset.failed.replace("{why}", why) : "", false);
  };

  const keep = (address) => {
    kept = address;
    clearTimeout(patience);
    patience = setTimeout(() => drop(note() ? note().dataset.late : ""), PATIENCE_MS);
    tell(note().dataset.waits, true);
  };

  // Where another callback is in hand by now, the press was for one that is not: nobody is dialled.
  const stands = () => {
    if (!kept || phone.dataset.state === "wait") return;
    const there = form();
    const address = kept;
    if (!there || there.action !== address) return drop();
    // The phone of another page of this browser rings as well: only where there is none nothing is asked for.
    if (phone.dataset.state === "off" && lacks(there)) return drop(document.getElementById("phone-state").textContent);
    drop();
    there.requestSubmit();
  };

  const pressed = (event) => {
    const asked = event.target;
    if (!asked.matches("form[data-dial]") || asked.dataset.dial !== "browser" || !note()) return;
    if (phone.dataset.state !== "wait" && !(phone.dataset.state === "off" && lacks(asked))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (kept !== asked.action) keep(asked.action);
    stands();
  };

  document.addEventListener("submit", pressed, true);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-dial-stop]")) drop();
  });
  new MutationObserver(stands).observe(phone, { attributeFilter: ["data-state"] });
})();
