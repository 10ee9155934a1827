/* A page keeps itself up to date: one request at a time for all of its blocks, patient while
   nothing changes, asleep while nobody looks.

     <div data-live="/campaigns/cam_1" data-live-tag='"48210.2943-3f9c"'>   the bar: address, state
     <div id="contact-rows" data-live-block> … <tbody data-rows><tr id="…">  what it renews

   The answer holds each block as <div data-block="contact-rows">…</div>; 304 means nothing new. */

import { Idiomorph } from "./vendor/idiomorph.js";
import { say } from "./status-line.js";

const MOST_MOVED = 20;
const AT_END_PIXELS = 40;
const READER_STATE = new Set(["open", "selected", "data-closed"]);

/** Seconds between two requests, by how long (in seconds) nothing has changed. */
function pause(unchangedFor) {
  if (unchangedFor < 60) return 3;
  if (unchangedFor < 300) return 5;
  return unchangedFor < 1800 ? 10 : 30;
}

const clock = (at) => at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
const counted = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

/** Whether an attribute may change to the server's value: not if the reader unfolded, chose or typed. */
function mayUpdate(name, element) {
  if (READER_STATE.has(name)) return false;
  if (name === "value") return element.value === (element.defaultValue ?? element.value);
  if (name === "checked") return element.checked === element.defaultChecked;
  return true;
}

const CALLBACKS = { beforeAttributeUpdated: mayUpdate };

/** Replace the inside of `element`. Elements that are still there are kept, with their focus,
    selection and scroll position. */
export function update(element, html) {
  Idiomorph.morph(element, html, { morphStyle: "innerHTML", callbacks: CALLBACKS });
}

/* ---------- one block ---------- */

const rowsOf = (element) => [...element.querySelectorAll("[data-rows] > [id]")];

/** The length of the longest part of `places` that is in order: those rows need not move. */
function inOrder(places) {
  const ends = [];  // of the ordered parts of each length, the least last place
  for (const place of places) {
    const at = ends.findIndex((end) => end > place);
    ends[at < 0 ? ends.length : at] = place;
  }
  return ends.length;
}

/** How many rows are new, gone or in another place among the others. */
function movedRows(block, fresh) {
  const before = new Map(rowsOf(block).map((row, place) => [row.id, place]));
  const after = rowsOf(fresh).map((row) => row.id);
  const kept = after.filter((id) => before.has(id)).map((id) => before.get(id));
  return (after.length - kept.length) + (kept.length - inOrder(kept)) + (before.size - kept.length);
}

/** Whether the reader points at, works in or has selected something in the rows of a block. */
function isInUse(block) {
  const selection = getSelection();
  return [...block.querySelectorAll("[data-rows]")].some((rows) =>
    rows.matches(":hover, :focus-within") || rows.querySelector("details[open]")
    || (selection && !selection.isCollapsed && rows.contains(selection.anchorNode)));
}

/** Renew what keeps its place: marks and words within rows, and parts outside of the rows. */
function renewInPlace(block, fresh) {
  block.querySelectorAll("[data-rows] > [id], [data-live-part][id]").forEach((part) => {
    const renewed = fresh.querySelector(`#${CSS.escape(part.id)}`);
    if (renewed) Idiomorph.morph(part, renewed.cloneNode(true), { callbacks: CALLBACKS });
  });
}

/** Do `change`, and leave the reader where they are: at the chosen row, or at what they read. */
function keepingPlace(block, change) {
  const scroller = block.closest("[data-scroller]");
  if (!scroller) return change();
  const chosen = block.querySelector("[aria-current]")?.closest("[id]");
  const top = chosen?.getBoundingClientRect().top;
  const isAtEnd = scroller.scrollTop > -AT_END_PIXELS;
  const [height, place] = [scroller.scrollHeight, scroller.scrollTop];
  change();
  if (scroller.dataset.scroller === "end") {
    if (!isAtEnd) scroller.scrollTop = place - (scroller.scrollHeight - height);
    return undefined;
  }
  const kept = chosen && document.getElementById(chosen.id);
  if (kept) scroller.scrollTop += kept.getBoundingClientRect().top - top;
  return undefined;
}

/** The button that says what waits to be shown. While nothing waits it is not in the page, where it
    would part the block from what stands above it. */
function notice() {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button live-held";
  return button;
}

function liveBlock(block) {
  const button = notice();
  let held = null;

  function apply(fresh) {
    keepingPlace(block, () => update(block, fresh.innerHTML));
    held = null;
    button.remove();
  }

  function hold(fresh, sentence) {
    held = fresh;
    button.textContent = `${sentence}. Show`;
    block.before(button);
    say(sentence);
  }

  button.addEventListener("click", () => {
    const scroller = block.closest("[data-scroller=end]");
    if (held) apply(held);
    button.remove();
    if (scroller) scroller.scrollTop = 0;
  });

  return {
    show(html) {
      const fresh = document.createElement("div");
      fresh.innerHTML = html;
      const moved = movedRows(block, fresh);
      if (moved && (moved > MOST_MOVED || isInUse(block))) {
        renewInPlace(block, fresh);
        hold(fresh, `${counted(moved, "row")} changed`);
        return;
      }
      const known = new Set([...block.querySelectorAll(".bubble")].map((bubble) => bubble.id));
      const isReadingBack = (block.closest("[data-scroller=end]")?.scrollTop ?? 0) < -AT_END_PIXELS;
      apply(fresh);
      const texts = [...block.querySelectorAll(".bubble")].filter((bubble) => !known.has(bubble.id));
      if (isReadingBack && texts.length) {
        button.textContent = `${counted(texts.length, "new text")}. Show`;
        block.before(button);
      }
    },
    /** Show what waits once the reader has left, if it is little. */
    settle() {
      if (held && !isInUse(block) && movedRows(block, held) <= MOST_MOVED) apply(held);
    },
  };
}

/* ---------- the page ---------- */

export function keepLive(bar) {
  const elements = [...document.querySelectorAll("[data-live-block]")];
  const blocks = new Map(elements.map((element) => [element.id, liveBlock(element)]));
  const note = bar.querySelector("[data-live-note]");
  const again = bar.querySelector("[data-live-again]");
  const toggle = bar.querySelector("[data-live-toggle]");
  let tag = bar.dataset.liveTag;
  let shownAt = new Date();
  let changedAt = performance.now();
  let timer = 0;
  let isPaused = false;
  let isAsking = false;
  const mains = elements.filter((element) => !element.hasAttribute("data-live-aside"));
  const isOver = () => mains.every((element) => element.querySelector("[data-live-stop]"));

  function plan() {
    clearTimeout(timer);
    toggle.hidden = isOver();
    if (isPaused || isOver() || document.hidden) return;
    timer = setTimeout(refresh, pause((performance.now() - changedAt) / 1000) * 1000);
  }

  async function refresh() {
    if (isAsking) return;
    isAsking = true;
    try {
      const answer = await fetch(bar.dataset.live, {
        headers: { "X-Live": "1", ...(tag ? { "If-None-Match": tag } : {}) },
        credentials: "same-origin", redirect: "error", cache: "no-store",
      });
      if (answer.status === 200) show(await answer.text());
      else if (answer.status !== 304) throw new Error(`HTTP ${answer.status}`);
      else blocks.forEach((block) => block.settle());
      tag = answer.headers.get("ETag") ?? tag;
      shownAt = new Date();
      showNote("");
    } catch {
      showNote(`Could not refresh (${clock(new Date())}). Showing data of ${clock(shownAt)}.`);
    }
    isAsking = false;
    plan();
  }

  function show(html) {
    if (isPaused) return;
    const answer = document.createElement("template");
    answer.innerHTML = html;
    answer.content.querySelectorAll("[data-block]").forEach((fresh) => {
      blocks.get(fresh.dataset.block)?.show(fresh.innerHTML);
    });
    changedAt = performance.now();
    const summary = answer.content.querySelector("[data-live-summary]")?.dataset.liveSummary;
    if (summary) say(summary);
  }

  function showNote(sentence) {
    if (note.textContent === sentence) return;
    note.textContent = sentence;
    note.hidden = again.hidden = !sentence;
  }

  toggle.addEventListener("click", () => {
    isPaused = !isPaused;
    toggle.setAttribute("aria-pressed", String(isPaused));
    toggle.textContent = isPaused ? "Updates paused. Resume" : "Pause updates";
    if (isPaused) plan(); else refresh();
  });
  again.addEventListener("click", refresh);
  document.addEventListener("visibilitychange", () => (document.hidden || isPaused || isOver() ? plan() : refresh()));
  plan();
}
