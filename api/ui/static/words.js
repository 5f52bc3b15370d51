// How things are said: statuses, sizes, times.

const STATUS = {
  Vd: "Awaiting file",
  Up: "Processing",
  Ok: "Ready",
  Re: "Reprocessing",
  Er: "Failed",
};

export const statusWord = (code) => STATUS[code] ?? "Unknown";
export const isBusy = (image) => image.status === "Up" || image.status === "Re";
export const pixels = (image) => (image.width ? `${image.width} × ${image.height}` : "");
export const altOf = (image) => image.alt || image.reference;
export const timeOf = (text) =>
  new Date(`${text}Z`).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });

export function bytes(count) {
  const units = ["B", "kB", "MB", "GB"];
  const power = count < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(count) / 3));
  const value = count / 1000 ** power;
  return `${value.toFixed(power && value < 10 ? 1 : 0)} ${units[power]}`;
}

/** Fill a badge: the word for people, the code for those who know the API. */
export function showStatus(badge, code, word = statusWord(code), aside = code) {
  const name = document.createElement("span");
  const short = document.createElement("code");
  name.textContent = word;
  short.textContent = aside;
  badge.className = `badge ${code}`;
  badge.replaceChildren(name, short);
}

/** Say something once to those who do not see the page. */
export const announce = (text) => {
  document.getElementById("news").textContent = text;
};
