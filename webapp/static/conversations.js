/* Conversations beyond HTML: the list scrolls to the chosen one, letters move in it while it has
   the focus, and Ctrl+Enter sends. */

import { mayUseKeys } from "./keys.js";

const OPENED_BY_KEY = "conversation-opened-by-key";

function keepBox(form) {
  const box = form.querySelector("textarea");
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && box.value.trim()) form.requestSubmit();
  });
  if (location.hash === "#words") box.focus();
}

/** j and k walk through the list, o opens, r goes to the box: only while the panels have the focus,
    so that no letter acts by surprise, and never while somebody types. */
function keepKeys(panels) {
  const links = () => [...panels.querySelectorAll(".conversation-link")];

  function step(by) {
    const all = links();
    const here = all.indexOf(document.activeElement);
    const start = here >= 0 ? here : all.findIndex((link) => link.hasAttribute("aria-current"));
    const next = all[Math.max(0, Math.min(all.length - 1, start + by))];
    next?.focus();
  }

  const acts = {
    j: () => step(1),
    k: () => step(-1),
    o: () => {
      sessionStorage.setItem(OPENED_BY_KEY, "1");
      document.activeElement?.closest?.(".conversation-link")?.click();
    },
    r: () => panels.querySelector(".answer textarea")?.focus(),
  };
  panels.addEventListener("keydown", (event) => {
    if (!acts[event.key] || !mayUseKeys(event)) return;
    event.preventDefault();
    acts[event.key]();
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
