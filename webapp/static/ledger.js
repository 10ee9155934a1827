/* What the pages do beyond HTML. Without this file every page still works; with it
     1. the page keeps itself up to date (live.js),
     2. tooltips close on Esc, and open leftwards where the screen ends,
     3. a form with data-preview-url shows a preview,
     4. conversations have keys and a counter (conversations.js),
     5. the slider of the time bar says on which event it stands,
     6. buttons copy an address, a SID or a fingerprint,
     7. the bar of a launch that can be stopped counts down,
     8. a file that is chosen or dropped is read at once,
     9. the ticked contacts are counted,
    10. keys act, "?" lists them (keys.js), and letters move in lists (list-keys.js).
   Nothing is evaluated, no style attribute is set: a strict Content-Security-Policy can stay strict. */

import { keepConversations } from "./conversations.js";
import "./keys.js";
import "./list-keys.js";
import { keepLive, update } from "./live.js";
import { say } from "./status-line.js";

/* ---------- 2. tooltips ---------- */

const openTips = () => document.querySelectorAll(".tip:hover, .tip:focus-within");

function reopen(event) {
  const tip = event.target.closest?.(".tip");
  if (tip && !tip.contains(event.relatedTarget)) tip.removeAttribute("data-closed");
}

function fit(event) {
  const body = event.target.closest?.(".tip")?.querySelector(".tip-body");
  if (!body || body.parentElement.classList.contains("tip-end")) return;
  const isBeyond = body.getBoundingClientRect().right > document.documentElement.clientWidth;
  if (isBeyond) body.parentElement.classList.add("tip-end");
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") openTips().forEach((tip) => tip.setAttribute("data-closed", ""));
});
document.addEventListener("focusout", reopen);
document.addEventListener("pointerout", reopen);
document.addEventListener("focusin", fit);
document.addEventListener("pointerover", fit);

/* ---------- 8. a chosen or dropped file is read at once ---------- */

/** Press the button that data-reads-file names once a file is chosen; the whole form takes a drop. */
function readAtOnce(input) {
  const form = input.form;
  input.addEventListener("change", () => {
    if (input.files.length) document.querySelector(input.dataset.readsFile).click();
  });
  for (const type of ["dragover", "dragleave", "drop"]) {
    form.addEventListener(type, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      form.classList.toggle("is-dropping", type === "dragover");
      if (type !== "drop" || !event.dataTransfer.files.length) return;
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change"));
    });
  }
}

/* ---------- 3. previews ---------- */

/** Post the form (without its files, and without the field that data-preview-skip names) 300 ms after
    the last keystroke; show the answer in the target. */
function keepPreview(form) {
  const target = document.querySelector(form.dataset.previewTarget);
  let timer = 0;
  let newest = 0;

  async function show() {
    const turn = ++newest;
    const body = new FormData();
    for (const [name, value] of new FormData(form)) {
      if (typeof value === "string" && name !== form.dataset.previewSkip) body.append(name, value);
    }
    const answer = await fetch(form.dataset.previewUrl, { method: "POST", body, credentials: "same-origin" }).catch(() => null);
    if (turn !== newest) return;
    update(target, answer?.ok ? await answer.text() : "<p class=\"counter\">The preview cannot be shown just now.</p>");
  }

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(show, 300);
  });
}

/* ---------- 9. how many contacts are ticked ---------- */

/** The bar of acts stays out of sight until somebody is ticked; then it says how many are. */
function keepTicked(form) {
  const words = form.querySelector("[data-ticked-count]");
  const show = () => {
    const count = [...form.elements].filter((box) => box.checked).length;
    form.hidden = !count;
    words.textContent = `${count} selected:`;
  };
  document.addEventListener("change", (event) => { if (event.target.form === form) show(); });
  form.addEventListener("reset", () => setTimeout(show));
  show();
}

/* ---------- 5. the slider of the time bar ---------- */

document.querySelectorAll("[data-time-range]").forEach((range) => {
  const output = range.nextElementSibling;
  range.addEventListener("input", () => {
    output.hidden = false;
    output.textContent = `#${Number(range.value).toLocaleString("en")}`;
  });
});

/* ---------- 6. copying ---------- */

function keepCopying(button) {
  button.addEventListener("click", async () => {
    const done = await navigator.clipboard.writeText(button.dataset.copy).then(() => true, () => false);
    say(done ? "Copied." : "This browser does not allow copying.");
  });
}

/* ---------- 7. the bar of a launch that can be stopped ---------- */

/** Screen readers hear the seconds at these, and at the end. */
const SPOKEN_SECONDS = [30, 10];

function countDown(bar) {
  const endsAt = performance.now() + Number(bar.dataset.undoSeconds) * 1000;
  const words = bar.querySelector(".undo-words");
  const when = bar.querySelector("[data-undo-when]");
  const spoken = bar.querySelector("[data-undo-spoken]");
  let shown = 0;

  function tick() {
    const left = Math.ceil((endsAt - performance.now()) / 1000);
    if (left <= 0) {
      words.replaceChildren(
        words.querySelector("a"),
        ": the texts go out now, and the launch can no longer be stopped.",
      );
      bar.querySelectorAll("form, progress").forEach((part) => part.remove());
      bar.querySelector("[data-undo-over]").hidden = false;
      spoken.textContent = words.textContent;
      return;
    }
    if (left !== shown) {
      shown = left;
      when.textContent = `in ${left} ${left === 1 ? "second" : "seconds"}`;
      bar.querySelector("progress").value = left;
      if (SPOKEN_SECONDS.includes(left)) spoken.textContent = words.textContent;
    }
    setTimeout(tick, 250);
  }
  tick();
}

document.querySelectorAll("[data-undo-seconds]").forEach(countDown);

if (navigator.clipboard) document.querySelectorAll("[data-copy-bar]").forEach((bar) => { bar.hidden = false; });
document.querySelectorAll("[data-copy]").forEach(keepCopying);

document.querySelectorAll("[data-live]").forEach(keepLive);
document.querySelectorAll(".panels").forEach(keepConversations);
document.querySelectorAll("form[data-preview-url]").forEach(keepPreview);
document.querySelectorAll("form[data-ticked]").forEach(keepTicked);
document.querySelectorAll("input[data-reads-file]").forEach(readAtOnce);
