import type { Point, Stroke } from "./ink.ts";

const PEN = 0.055; // of the paper's width
const STEP = 1 / 40; // of the paper's width: how far an arrow key moves the pen
const ARROWS: Readonly<Record<string, Point>> = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, -STEP],
  ArrowDown: [0, STEP],
};

/** A canvas to draw on with mouse, pen, finger or keyboard. */
export class Paper {
  readonly #strokes: Point[][] = [];
  readonly #canvas: HTMLCanvasElement;
  readonly #changed: () => void;
  /** The stroke that grows while a pointer or the keyboard's pen is down. */
  #growing: Point[] | undefined;
  /** The pen of the keyboard; undefined until an arrow key is pressed, and when a pointer draws. */
  #pen: Point | undefined;

  constructor(canvas: HTMLCanvasElement, changed: () => void) {
    this.#canvas = canvas;
    this.#changed = changed;
    canvas.addEventListener("pointerdown", (event) => this.#start(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const type of ["pointerup", "pointercancel"]) canvas.addEventListener(type, () => (this.#growing = undefined));
    canvas.addEventListener("keydown", (event) => this.#press(event));
    canvas.addEventListener("blur", () => this.#lift());
    new ResizeObserver(() => this.#draw()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#draw());
  }

  get strokes(): readonly Stroke[] {
    return this.#strokes;
  }

  undo(): void {
    this.#growing = undefined;
    this.#strokes.pop();
    this.#update();
  }

  clear(): void {
    this.#growing = undefined;
    this.#strokes.length = 0;
    this.#update();
  }

  #start(event: PointerEvent): void {
    if (!event.isPrimary || event.button !== 0) return;
    this.#canvas.setPointerCapture(event.pointerId);
    this.#pen = undefined;
    this.#begin(this.#placeOf(event));
  }

  #move(event: PointerEvent): void {
    if (this.#growing === undefined || !event.isPrimary || this.#pen) return;
    for (const each of event.getCoalescedEvents()) this.#growing.push(this.#placeOf(each));
    this.#update();
  }

  #press(event: KeyboardEvent): void {
    const { key, ctrlKey, altKey, metaKey } = event;
    const arrow = ARROWS[key];
    if (ctrlKey || altKey || metaKey) return;
    if (arrow) this.#movePen(arrow);
    else if (key === " " && this.#growing) this.#lift();
    else if (key === " ") this.#begin((this.#pen ??= [0.5, 0.5]));
    else if (key === "Backspace") this.undo();
    else if (key === "Escape") this.clear();
    else return;
    event.preventDefault();
  }

  #movePen([dx, dy]: Point): void {
    const [x, y] = this.#pen ?? [0.5 - dx, 0.5 - dy];
    this.#pen = [within(x + dx), within(y + dy)];
    this.#growing?.push(this.#pen);
    this.#update();
  }

  #begin(place: Point): void {
    this.#growing = [place];
    this.#strokes.push(this.#growing);
    this.#update();
  }

  #lift(): void {
    this.#growing = undefined;
    this.#draw();
  }

  #placeOf({ clientX, clientY }: PointerEvent): Point {
    const { left, top, width, height } = this.#canvas.getBoundingClientRect();
    return [within((clientX - left) / width), within((clientY - top) / height)];
  }

  #update(): void {
    this.#draw();
    this.#changed();
  }

  #draw(): void {
    const side = Math.round(this.#canvas.clientWidth * devicePixelRatio);
    this.#canvas.width = side; // also erases
    this.#canvas.height = side;
    const context = this.#canvas.getContext("2d");
    if (context === null) return;
    context.scale(side, side);
    context.strokeStyle = context.fillStyle = getComputedStyle(this.#canvas).color;
    context.lineWidth = PEN;
    context.lineCap = context.lineJoin = "round";
    for (const stroke of this.#strokes) drawStroke(context, stroke);
    if (this.#pen) drawPen(context, this.#pen, this.#growing !== undefined);
  }
}

/** A smooth line: curves between the middles of neighbouring points, which bend towards the points. */
function drawStroke(context: CanvasRenderingContext2D, stroke: Stroke): void {
  const [first = [0, 0], ...rest] = stroke;
  context.beginPath();
  context.moveTo(...first);
  rest.forEach(([x, y], i) => {
    const [nextX, nextY] = rest[i + 1] ?? [x, y];
    context.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
  });
  if (rest.length === 0) context.lineTo(...first);
  context.stroke();
}

function drawPen(context: CanvasRenderingContext2D, [x, y]: Point, isDown: boolean): void {
  context.beginPath();
  context.arc(x, y, 0.7 * PEN, 0, 2 * Math.PI);
  context.lineWidth = 0.008;
  context.strokeStyle = getComputedStyle(context.canvas).outlineColor;
  context.stroke();
  if (isDown) context.fill();
}

function within(share: number): number {
  return Math.min(1, Math.max(0, share));
}
