// Short messages at the foot of the page, each there until it is answered or closed.

const MOST = 3;

/** Show a message; `answers` are buttons: words and what they do. Returns how to take it away. */
export function toast(text, answers = {}, onClose = () => {}) {
  const place = document.getElementById("toasts");
  const item = document.createElement("div");
  const words = document.createElement("p");
  const close = () => item.remove();
  words.textContent = text;
  item.append(words);
  for (const [word, act] of Object.entries({ ...answers, "×": onClose })) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = word;
    if (word === "×") button.setAttribute("aria-label", "Close");
    button.onclick = () => {
      close();
      act();
    };
    item.append(button);
  }
  place.append(item);
  while (place.childElementCount > MOST) place.firstElementChild.remove();
  return close;
}
