/** Classifies the digit on the paper whenever it changes. */
import { predict } from "../model/digits.browser.js";
import { imageOf } from "./ink.ts";
import { Paper } from "./paper.ts";

function element<E extends Element>(selector: string, type: new () => E): E {
  const found = document.querySelector(selector);
  if (!(found instanceof type)) throw new Error(`page: ${selector} must be a ${type.name}`);
  return found;
}

const answer = element("#answer", HTMLOutputElement);
const seen = element("#seen", HTMLCanvasElement).getContext("2d");
const buttons = {
  undo: element("#undo", HTMLButtonElement),
  clear: element("#clear", HTMLButtonElement),
};
const bars = Array.from({ length: 10 }, (_, digit) => {
  const row = document.createElement("li");
  row.innerHTML = `<span>${digit}</span><span class="track"><span class="bar"></span></span><span class="share"></span>`;
  element("#bars", HTMLOListElement).append(row);
  return row;
});

const paper = new Paper(element("#paper", HTMLCanvasElement), show);
buttons.undo.addEventListener("click", () => paper.undo());
buttons.clear.addEventListener("click", () => paper.clear());
show();

function show(): void {
  const isEmpty = paper.strokes.length === 0;
  for (const button of Object.values(buttons)) button.disabled = isEmpty;
  seen?.clearRect(0, 0, 28, 28);
  if (isEmpty) return showProbabilities(new Float32Array(10), "Waiting for a digit");
  const image = imageOf(paper.strokes);
  showImage(image);
  const probabilities = predict(image);
  const [best, second] = Array.from(probabilities, (_, digit) => digit).toSorted(
    (a, b) => (probabilities[b] ?? 0) - (probabilities[a] ?? 0),
  );
  const isSure = Math.max(...probabilities) > 0.8;
  showProbabilities(probabilities, isSure ? `Read as ${best}` : `Read as ${best}, perhaps ${second}`);
}

function showProbabilities(probabilities: Float32Array, text: string): void {
  if (answer.textContent !== text) answer.textContent = text;
  const highest = Math.max(...probabilities);
  bars.forEach((row, digit) => {
    const share = probabilities[digit] ?? 0;
    row.classList.toggle("best", share > 0 && share === highest);
    row.style.setProperty("--share", `${share}`);
    const label = row.querySelector(".share");
    if (label) label.textContent = highest === 0 ? "" : `${Math.round(100 * share)} %`;
  });
}

function showImage(image: Float32Array): void {
  const rgba = new ImageData(28, 28);
  image.forEach((ink, i) => rgba.data.set([255 * ink, 255 * ink, 255 * ink, 255], 4 * i));
  seen?.putImageData(rgba, 0, 0);
}
