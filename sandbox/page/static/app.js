// Keeps the page fresh and lets forms work without leaving it. Everything works without this script, one click longer.
"use strict";

const shown = new Map(); // what the server last sent for each live region, by its id
let refreshing = false;
let stale = false;
let sending = Promise.resolve(); // one thing after the other, as they were asked
let lastAsked = "";
let stream;
let typing; // what is being typed is told once the person pauses

const regions = (root) => root.querySelectorAll("[data-live]");
const atEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < 40;
const toEnd = (box) => (box.scrollTop = box.scrollHeight);
const inUse = (region) => region.querySelector("dialog.confirm[open], details.menu[open]");

function swap(html) {
  const next = new DOMParser().parseFromString(html, "text/html");
  for (const fresh of regions(next)) {
    const old = document.getElementById(fresh.id);
    const sent = fresh.innerHTML;
    if (!old || sent === shown.get(fresh.id)) continue;
    if (inUse(old)) {
      stale = true;
      continue;
    }
    shown.set(fresh.id, sent);
    replace(old, fresh);
  }
}

function replace(old, fresh) {
  const follow = old.matches("[data-follow]") && atEnd(old);
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  const caret = document.activeElement.selectionStart;
  const typed = [...old.querySelectorAll("input[id], textarea[id]")].filter((field) => field.value !== field.defaultValue);
  old.replaceChildren(...fresh.childNodes);
  for (const field of typed) {
    const same = document.getElementById(field.id);
    if (same && same.value === field.defaultValue) same.value = field.value;
  }
  openModal(old);
  if (focused) refocus(document.getElementById(focused), caret);
  if (follow) toEnd(old);
}

function refocus(field, caret) {
  if (!field) return;
  field.focus();
  if (typeof caret === "number" && field.setSelectionRange) field.setSelectionRange(caret, caret);
  else if (field.type === "number") [field.value, field.value] = ["", field.value]; // puts the caret behind the number
}

function openModal(region) {
  const modal = region.querySelector("dialog[data-modal]");
  if (!modal) return;
  modal.removeAttribute("open");
  modal.showModal();
  const wrong = modal.querySelector("[aria-invalid]");
  (wrong ?? modal.querySelector(".blocks input, .blocks textarea, .blocks select") ?? modal).focus();
  modal.addEventListener("cancel", (event) => {
    event.preventDefault();
    modal.querySelector("[data-escape]").click();
  });
}

function say(sentence) {
  const notice = document.createElement("p");
  notice.className = "notice";
  notice.setAttribute("role", "alert");
  notice.textContent = sentence;
  document.getElementById("notices").replaceChildren(notice);
  shown.delete("notices");
}

async function refresh() {
  if (refreshing) {
    stale = true;
    return;
  }
  refreshing = true;
  try {
    do {
      stale = false;
      const answer = await fetch(location.pathname + location.search, { headers: { "X-Refresh": "1" } });
      if (answer.ok) swap(await answer.text());
    } while (stale && !document.querySelector("dialog.confirm[open], details.menu[open]"));
  } catch {
    // The stream tells again once the sandbox is back.
  } finally {
    refreshing = false;
  }
}

function send(form, body) {
  const asked = `${form.getAttribute("action")}?${new URLSearchParams(body)}`;
  if (asked === lastAsked) return; // a double click asks once
  lastAsked = asked;
  sending = sending.then(() => post(form, body)).finally(() => {
    if (lastAsked === asked) lastAsked = "";
  });
}

async function post(form, body) {
  form.setAttribute("aria-busy", "true");
  for (const open of form.querySelectorAll("dialog.confirm[open]")) open.close();
  for (const open of document.querySelectorAll("details.menu[open]")) open.open = false;
  try {
    const answer = await fetch(form.getAttribute("action"), {
      method: "POST",
      headers: { "X-Refresh": "1" },
      body: new URLSearchParams(body),
    });
    const arrived = new URL(answer.url);
    if (!answer.ok) say(await answer.text());
    else if (arrived.pathname + arrived.search !== location.pathname + location.search) location.assign(arrived);
    else {
      swap(await answer.text());
      if (form.matches("[data-clear]") && !document.querySelector("#notices .notice")) clear(form);
    }
  } catch {
    say("The sandbox does not answer. Is it still running?");
  } finally {
    form.removeAttribute("aria-busy");
  }
}

function clear(form) {
  const field = form.querySelector("textarea");
  field.value = "";
  field.focus();
  grow(field);
  form.parentElement.querySelectorAll("[data-follow]").forEach(toEnd);
}

function grow(field) {
  field.style.height = "auto";
  field.style.height = `${Math.min(field.scrollHeight + 2, 200)}px`;
}

// A browser holds six connections to one place: pages that nobody looks at give theirs back.
function listen() {
  stream?.close();
  if (document.hidden) return;
  stream = new EventSource("/changes");
  stream.addEventListener("message", refresh);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-quiet]") || event.submitter?.formTarget === "_blank") return;
  event.preventDefault();
  send(form, new FormData(form, event.submitter));
});

document.addEventListener("change", (event) => {
  const field = event.target;
  if (!field.dataset.press || (field.dataset.on ?? "change") !== "change") return;
  if (field.value !== "" || field.multiple) press(field);
});

function press(field) {
  if (!field.isConnected) return;
  const body = new FormData(field.form);
  body.set("press", field.dataset.press);
  send(field.form, body);
}

document.addEventListener("click", (event) => {
  const asks = event.target.closest("[data-dialog]");
  if (asks) {
    event.preventDefault();
    document.getElementById(asks.dataset.dialog).showModal();
  }
  event.target.closest("[data-close]")?.closest("dialog").close();
  const insert = event.target.closest("[data-insert]");
  if (insert) {
    const field = insert.closest("form").querySelector("textarea");
    field.value = insert.dataset.insert;
    field.focus();
  }
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const menu = event.target.closest?.("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  }
  if (event.key === "Enter" && event.target.matches("input[data-on=enter]")) {
    event.preventDefault();
    press(event.target);
  }
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.matches("[data-send]")) {
    event.preventDefault();
    if (event.target.value.trim()) event.target.form.requestSubmit();
  }
});

document.addEventListener("input", (event) => {
  const field = event.target;
  if (field.matches("[data-send]")) grow(field);
  if (field.matches("[data-on=typing]")) {
    clearTimeout(typing);
    typing = setTimeout(() => press(document.getElementById(field.id) ?? field), 300);
  }
});

for (const kind of ["close", "toggle"]) {
  // Neither event bubbles; what changed while a dialog or a menu was open is drawn now.
  document.addEventListener(kind, () => stale && refresh(), true);
}

document.addEventListener("visibilitychange", listen);

document.documentElement.classList.add("scripted");
for (const region of regions(document)) {
  shown.set(region.id, region.innerHTML);
  if (region.matches("[data-follow]")) toEnd(region);
  openModal(region);
}
const draft = document.querySelector("textarea[data-send]");
if (draft?.value) {
  draft.focus();
  draft.setSelectionRange(draft.value.length, draft.value.length);
}
listen();
