// What the script says: the page brings the words, in its own language.

export const words = document.getElementById("words").dataset;

export const fillIn = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

export function say(text, ...more) {
  const place = document.getElementById("network");
  place.replaceChildren(text, ...more);
  place.hidden = !text;
}
