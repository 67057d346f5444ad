// Loads the behaviour of those elements that stand on this page. Every page works without it.
const { dataset } = document.getElementById("elements");
for (const [name, url] of Object.entries(dataset)) {
  const tag = name.replace(/[A-Z]/g, (letter) => "-" + letter.toLowerCase());
  if (document.querySelector(tag)) import(url);
}
