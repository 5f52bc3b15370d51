// The page: the door where the key is asked for, the drop zone, the grid and the viewer.

import { key } from "./api.js";
import { Grid } from "./grid.js";
import { toast } from "./toast.js";
import { droppedFiles, pastedName, Uploads } from "./uploads.js";
import { Viewer } from "./viewer.js";

const $ = (id) => document.getElementById(id);
const GHOSTS = 12;

let unhappy = null; // how to take the message about a lost connection away

const grid = new Grid({
  onOpen: (card) => viewer.open(card),
  onChange: (card) => {
    viewer.refresh(card);
    if (!$("library").hidden && !$("grid").ariaBusy) showState();
  },
  onProblem: (problem) => {
    unhappy?.();
    unhappy = problem && !$("library").hidden ? toast(problem.message) : null;
  },
});
const viewer = new Viewer(grid);
const uploads = new Uploads(grid);

/** Take the key from a link like /ui/#key=…, and the link from the address bar and history. */
function takeKeyFromAddress() {
  const given = new URLSearchParams(location.hash.slice(1)).get("key");
  if (!given) return false;
  key.set(given.trim());
  history.replaceState(null, "", location.pathname + location.search);
  return true;
}

function askForKey(why = "") {
  key.forget();
  if (!$("door").hidden) return; // several were refused at once: it is asked already
  grid.clear();
  $("viewer").close();
  $("library").hidden = $("leave").hidden = true;
  $("door").hidden = false;
  $("refusal").textContent = why;
  $("key").value = "";
  $("key").focus();
}

async function enter() {
  $("door").hidden = true;
  $("library").hidden = $("leave").hidden = false;
  grid.clear();
  await load();
}

async function load() {
  $("more").disabled = true;
  showGhosts(grid.isEmpty);
  $("state").replaceChildren();
  try {
    await grid.loadMore();
    showGhosts(false);
    showState();
  } catch (problem) {
    showGhosts(false);
    showFailure(problem);
  }
  $("more").disabled = false;
}

function showGhosts(areShown) {
  $("grid").ariaBusy = areShown ? "true" : null;
  $("grid").querySelectorAll(".ghost").forEach((ghost) => ghost.remove());
  for (let number = 0; areShown && number < GHOSTS; number += 1) {
    const ghost = $("card").content.firstElementChild.cloneNode(true);
    ghost.classList.add("ghost");
    ghost.ariaHidden = "true";
    $("grid").append(ghost);
  }
}

function showState() {
  $("more").hidden = !grid.hasMore;
  $("library").classList.toggle("bare", grid.isEmpty);
  $("state").textContent = grid.isEmpty
    ? "No pictures yet. What you drop here gets three thumbnails within seconds."
    : "";
}

function showFailure(problem) {
  const again = document.createElement("button");
  Object.assign(again, { type: "button", textContent: "Try again", onclick: load });
  const text = document.createElement("p");
  text.textContent = problem.message;
  $("more").hidden = true;
  $("state").replaceChildren(text, again);
}

function receiveFiles() {
  const isOpen = () => !$("library").hidden && !$("viewer").open;
  $("choose").onclick = () => $("picker").click();
  $("picker").onchange = () => {
    uploads.add($("picker").files);
    $("picker").value = "";
  };
  document.addEventListener("paste", (event) => {
    if (isOpen()) uploads.add(event.clipboardData.files, pastedName);
  });
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    $("library").classList.toggle("ready", isOpen() && event.dataTransfer.types.includes("Files"));
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) $("library").classList.remove("ready");
  });
  document.addEventListener("drop", async (event) => {
    event.preventDefault();
    $("library").classList.remove("ready");
    if (isOpen()) uploads.add(await droppedFiles(event.dataTransfer));
  });
}

document.addEventListener("keyrefused", (event) => askForKey(event.detail));
addEventListener("hashchange", () => takeKeyFromAddress() && enter());
$("leave").onclick = () => {
  key.forget();
  location.reload();
};
$("more").onclick = load;
$("door").onsubmit = (event) => {
  event.preventDefault();
  key.set($("key").value.trim());
  enter();
};
receiveFiles();
takeKeyFromAddress();
if (key.get()) enter();
else askForKey();
