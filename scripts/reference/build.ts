/** The API reference, into build/docs: `npm run docs`. TypeDoc reads typedoc.json; this script changes what typedoc.json cannot express. */
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import process from "node:process";
import {
  Application,
  Comment,
  CommentTag,
  type Context,
  Converter,
  type DeclarationReflection,
  type ProjectReflection,
  type Reflection,
  ReflectionKind,
} from "typedoc";

/** The category of files of src/, by path prefix; the longest prefix counts. */
const CATEGORIES: Readonly<Record<string, readonly string[]>> = {
  Training: ["train/", "optim/averaged-model", "nn/vjp", "nn/dropout/monte-carlo"],
  Tensors: ["base/", "graph/"],
  Runtime: ["runtime/"],
  Errors: ["base/errors"],
  Modules: ["nn/module/", "graph/scope"],
  Containers: ["nn/sequential", "nn/parallel", "nn/residual"],
  Layers: ["nn/"],
  Activations: ["nn/activation", "nn/piecewise", "nn/prelu"],
  Normalization: ["nn/normalization", "nn/batch-norm", "ops/normalization", "ops/batch-norm"],
  "Recurrent layers": ["nn/recurrent/"],
  Dropout: ["nn/dropout/", "ops/dropout/"],
  Losses: ["nn/loss/", "ops/loss/"],
  "Initial values": ["nn/init"],
  Pruning: ["nn/prune"],
  Elementwise: ["ops/elementwise/"],
  Reductions: ["ops/reduction/"],
  "Products and attention": ["ops/matmul/", "ops/attention"],
  "Convolution and pooling": ["ops/convolution/", "nn/convolution", "nn/pooling"],
  "Shapes and rows": ["ops/"],
  Sequences: ["ops/recurrent/", "ops/lengths"],
  Optimizers: ["optim/"],
  Schedules: ["optim/schedule/"],
  Files: ["io/", "files/"],
  Safetensors: ["io/safetensors"],
  NumPy: ["io/numpy/"],
  PyTorch: ["io/torch/"],
  "Raw data": ["raw/"],
  Export: ["export/"],
  ONNX: ["onnx/"],
  Reports: ["report/"],
};

const PARENTS = ReflectionKind.Project | ReflectionKind.SomeModule;

const app = await Application.bootstrapWithPlugins();
app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }: Context) => amend(project), 1000);
const project = await app.convert();
if (project === undefined) process.exit(1);
app.validate(project);
await app.generateOutputs(project);
if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exit(1);

function amend(all: ProjectReflection): void {
  for (const each of Object.values(all.reflections)) {
    if (each.isDocument()) {
      each.name = titleOf(each.content.map(({ text }) => text).join("")) ?? each.name;
      categorize(each, "Guides");
    } else if (each.name.startsWith("[")) all.removeReflection(each); // symbols for internal use
  }
  for (const each of all.getReflectionsByKind(ReflectionKind.All)) {
    for (const part of each.comment?.summary ?? []) part.text = withLabels(part.text);
    if (!each.isDeclaration()) continue;
    if (each.kindOf(ReflectionKind.Namespace)) describe(each);
    if (each.kindOf(ReflectionKind.Class)) documentConstructor(each);
    if (each.parent?.kindOf(PARENTS)) categorize(each, categoryOf(each));
  }
}

/** The first heading of a page. */
function titleOf(markdown: string): string | undefined {
  return /^# (.+)$/m.exec(markdown)?.[1];
}

/** Lines such as `Shape: ...` become paragraphs. */
function withLabels(text: string): string {
  return text.replaceAll(/(?<=^|\n)([A-Z]\w*(?: [a-z]+)?): /g, "\n\n**$1:** ");
}

/** A namespace is described by the first comment of its file. */
function describe(namespace: DeclarationReflection): void {
  const [file] = namespace.children?.length ? (namespace.sources ?? []) : [];
  const [, text] = /^\/\*\* ([^]*?) \*\//.exec(file ? readFileSync(file.fullFileName, "utf8") : "") ?? [];
  if (text !== undefined) namespace.comment ??= new Comment([{ kind: "text", text }]);
}

/** Moves parameters and errors from the comment of a class to its constructor. */
function documentConstructor(each: DeclarationReflection): void {
  const signature = each.children?.find(({ kind }) => kind === ReflectionKind.Constructor)?.signatures?.[0];
  if (signature === undefined || each.comment === undefined) return;
  const isOfConstructor = ({ tag }: CommentTag): boolean => tag === "@param" || tag === "@throws";
  const moved = each.comment.blockTags.filter(isOfConstructor);
  if (moved.length === 0) return;
  each.comment.blockTags = each.comment.blockTags.filter((tag) => !isOfConstructor(tag));
  signature.comment ??= new Comment();
  signature.comment.blockTags.push(...moved);
}

function categoryOf(each: DeclarationReflection): string | undefined {
  if (each.kindOf(ReflectionKind.Namespace) && each.parent?.isProject()) return "Namespaces";
  const path = relative("src", each.sources?.[0]?.fullFileName ?? "").replaceAll("\\", "/");
  const starts = Object.entries(CATEGORIES).flatMap(([name, all]) => all.map((start) => ({ name, start })));
  return starts.filter(({ start }) => path.startsWith(start)).toSorted((a, b) => b.start.length - a.start.length)[0]
    ?.name;
}

function categorize(each: Reflection, category: string | undefined): void {
  if (category === undefined) return;
  each.comment ??= new Comment();
  each.comment.blockTags.push(new CommentTag("@category", [{ kind: "text", text: category }]));
}
