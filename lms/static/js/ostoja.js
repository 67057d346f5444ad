// Loads the behaviour of those elements that stand on this page. Every page works without it.
const { dataset } = document.getElementById("elements");
for (const [name, url] of Object.entries(dataset)) {
  const tag = name.replace(/[A-Z]/g, (letter) => "-" + letter.toLowerCase());
  if (document.querySelector(tag) && isNeeded(tag)) import(url);
}

// The queue of answers stands on every page, and is empty on nearly all of them.
function isNeeded(tag) {
  try {
    return tag !== "answer-queue" || Object.keys(localStorage).some((name) => name.startsWith("answer:"));
  } catch {
    return false;
  }
}
