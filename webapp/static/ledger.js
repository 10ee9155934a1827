/* What the pages do beyond HTML. Without this file every page still works; with it
     1. blocks with data-live keep themselves up to date,
     2. tooltips close on Esc, and open leftwards where the screen ends,
     3. a form with data-preview-url shows a preview,
     4. the list scrolls to the chosen conversation,
     5. the slider of the time bar says on which event it stands,
     6. buttons copy an address, a SID or a fingerprint.
     7. the bar of a launch that can be stopped counts down,
     8. a file that is chosen or dropped is read at once.
   Nothing is evaluated, no style attribute is set: a strict Content-Security-Policy can stay strict. */

import { Idiomorph } from "./vendor/idiomorph.js";

const STATUS_EVERY = 5_000;
const STATUS_STAYS = 8_000;

/** Seconds between two requests, by how long (in seconds) nothing has changed. */
function pause(unchangedFor) {
  if (unchangedFor < 60) return 3;
  if (unchangedFor < 300) return 5;
  return unchangedFor < 1800 ? 10 : 30;
}

const clock = (at) => at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

/* ---------- the status line: one polite sentence, at most one every five seconds ---------- */

const status = document.getElementById("status-line");
let nextSentence = "";
let statusTimer = 0;
let saidAt = -STATUS_EVERY;

function say(sentence) {
  nextSentence = sentence;
  clearTimeout(statusTimer);
  statusTimer = setTimeout(() => {
    status.textContent = nextSentence;
    saidAt = performance.now();
    statusTimer = setTimeout(() => { status.textContent = ""; }, STATUS_STAYS);
  }, Math.max(0, saidAt + STATUS_EVERY - performance.now()));
}

/* ---------- 1. live blocks ---------- */

/** Replace the inside of `element` by `html`. Elements that are still there are kept, with their
    focus, selection and scroll position. */
function update(element, html) {
  Idiomorph.morph(element, html, { morphStyle: "innerHTML", callbacks: { beforeAttributeUpdated: mayUpdate } });
}

const READER_STATE = new Set(["open", "selected", "data-closed"]);

/** Whether an attribute may change to the server's value: not if the reader unfolded, chose or typed. */
function mayUpdate(name, element) {
  if (READER_STATE.has(name)) return false;
  if (name === "value") return element.value === (element.defaultValue ?? element.value);
  if (name === "checked") return element.checked === element.defaultChecked;
  return true;
}

function keepLive(block) {
  const note = document.querySelector(`[data-live-note="${block.id}"]`);
  const toggle = document.querySelector(`[data-live-toggle="${block.id}"]`);
  let tag = block.dataset.liveTag;
  let shownAt = new Date();
  let changedAt = performance.now();
  let timer = 0;
  let isPaused = false;
  let isOver = Boolean(block.querySelector("[data-live-stop]"));

  function plan() {
    clearTimeout(timer);
    if (toggle) toggle.hidden = isOver;
    if (isPaused || isOver || document.hidden) return;
    timer = setTimeout(refresh, pause((performance.now() - changedAt) / 1000) * 1000);
  }

  async function refresh() {
    try {
      const answer = await fetch(block.dataset.live, {
        headers: { "X-Live": "1", ...(tag ? { "If-None-Match": tag } : {}) },
        credentials: "same-origin", redirect: "error", cache: "no-store",
      });
      if (answer.status === 200) show(await answer.text(), answer.headers.get("ETag"));
      else if (answer.status !== 304) throw new Error(`HTTP ${answer.status}`);
      shownAt = new Date();
      showNote("");
    } catch {
      showNote(`Could not refresh (${clock(new Date())}). Showing data of ${clock(shownAt)}.`);
    }
    plan();
  }

  function show(html, newTag) {
    if (isPaused) return;
    update(block, html);
    tag = newTag;
    changedAt = performance.now();
    isOver = Boolean(block.querySelector("[data-live-stop]"));
    const summary = block.querySelector("[data-live-summary]")?.dataset.liveSummary;
    if (summary) say(summary);
  }

  function showNote(sentence) {
    if (!note) return sentence && say(sentence);
    if (note.textContent === sentence) return;
    note.textContent = sentence;
    note.hidden = !sentence;
  }

  toggle?.addEventListener("click", () => {
    isPaused = !isPaused;
    toggle.setAttribute("aria-pressed", String(isPaused));
    say(isPaused ? "Updates are paused." : "Updates are on.");
    if (isPaused) plan(); else refresh();
  });
  document.addEventListener("visibilitychange", () => (document.hidden || isPaused || isOver ? plan() : refresh()));
  plan();
}

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

/* ---------- 4. the list scrolls to the chosen conversation ---------- */

document.querySelector(".conversation:has([aria-current])")?.scrollIntoView({ block: "nearest" });

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
document.querySelectorAll("form[data-preview-url]").forEach(keepPreview);
document.querySelectorAll("input[data-reads-file]").forEach(readAtOnce);
