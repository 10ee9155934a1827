/* Conversations beyond HTML: the list scrolls to the chosen one, a letter goes to the box, and
   Ctrl+Enter sends. */

import { mayUseKeys } from "./keys.js";

const OPENED_BY_KEY = "conversation-opened-by-key";

function keepBox(form) {
  const box = form.querySelector("textarea");
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && box.value.trim()) form.requestSubmit();
  });
  if (location.hash === "#words") box.focus();
}

/** r goes to the box, never while somebody types. What "o" opens (list-keys.js) has the focus afterwards. */
function keepKeys(panels) {
  panels.addEventListener("keydown", (event) => {
    if (!mayUseKeys(event)) return;
    if (event.key === "o") sessionStorage.setItem(OPENED_BY_KEY, "1");
    if (event.key !== "r") return;
    event.preventDefault();
    panels.querySelector(".answer textarea")?.focus();
  });
}

/** A menu closes on Esc, which gives the focus back, and when something else is clicked. */
function keepMenu(menu) {
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
}

export function keepConversations(panels) {
  const chosen = panels.querySelector(".conversation:has([aria-current])");
  const list = chosen?.closest("[data-scroller]");
  if (list) list.scrollTop = chosen.offsetTop - list.clientHeight / 2;
  panels.querySelectorAll(".answer").forEach(keepBox);
  panels.querySelectorAll("details.menu").forEach(keepMenu);
  keepKeys(panels);
  if (sessionStorage.getItem(OPENED_BY_KEY)) {
    sessionStorage.removeItem(OPENED_BY_KEY);
    chosen?.querySelector(".conversation-link").focus({ preventScroll: true });
  }
}
