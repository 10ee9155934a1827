/* The keys of every list: j and k go from row to row, o opens the row, x selects it where rows can be
   selected. A list is what has data-rows; a row is reached by the link of its head, or by its first link.

     <tbody data-rows> <tr> <td><input type="checkbox"></td> <th><a href="…">Contact A</a></th> … */

import { mayUseKeys } from "./keys.js";

const ROWS = "main [data-rows] > *";
const HEADS = "th a[href], .conversation-link";
const LINKS = "a[href]";
const BOX = 'input[type="checkbox"]:not(:disabled)';

const isSeen = (element) => element && element.getClientRects().length > 0;

function linkOf(row) {
  const links = [...row.querySelectorAll(HEADS), ...row.querySelectorAll(LINKS)];
  return links.find(isSeen);
}

const rows = () => [...document.querySelectorAll(ROWS)].filter(linkOf);

/** The row with the focus, else the one that the page is about, as the chosen conversation. */
function here(all) {
  const focused = all.findIndex((row) => row.contains(document.activeElement));
  return focused >= 0 ? focused : all.findIndex((row) => row.querySelector("[aria-current]"));
}

function step(by) {
  const all = rows();
  const place = here(all);
  const next = place < 0 ? all.at(by > 0 ? 0 : -1) : all[Math.max(0, Math.min(all.length - 1, place + by))];
  if (next) linkOf(next).focus();
  return Boolean(next);
}

function inRow(act) {
  const row = rows().find((each) => each.contains(document.activeElement));
  const target = row && act(row);
  target?.click();
  return Boolean(target);
}

const ACTS = {
  j: () => step(1),
  k: () => step(-1),
  o: () => inRow(linkOf),
  x: () => inRow((row) => row.querySelector(BOX)),
};

document.addEventListener("keydown", (event) => {
  if (!event.defaultPrevented && mayUseKeys(event) && ACTS[event.key]?.()) event.preventDefault();
});
