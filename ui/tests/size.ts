/**
 * Weighs the build: what a browser loads for the first page, and for each further one.
 *
 *   npm run build && npm run size
 */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

interface Chunk {
  file: string;
  isEntry?: boolean;
  imports?: string[];
  dynamicImports?: string[];
  css?: string[];
}

const ENTRY_KB = 420;
const PAGE_KB = 620;

const dist = new URL("../dist/", import.meta.url);
const manifest: Record<string, Chunk> = JSON.parse(
  readFileSync(new URL(".vite/manifest.json", dist), "utf-8"),
);

function kilobytes(file: string): number {
  return gzipSync(readFileSync(new URL(file, dist))).length / 1000;
}

/** The files that a chunk needs, those of its static imports among them. */
function files(name: string, seen = new Set<string>()): Set<string> {
  const chunk = manifest[name];
  if (!chunk || seen.has(chunk.file)) return seen;
  seen.add(chunk.file);
  for (const css of chunk.css ?? []) seen.add(css);
  for (const inner of chunk.imports ?? []) files(inner, seen);
  return seen;
}

function weight(names: string[]): number {
  const all = names.reduce((seen, name) => files(name, seen), new Set<string>());
  return [...all].reduce((sum, file) => sum + kilobytes(file), 0);
}

const entry = Object.keys(manifest).find((name) => manifest[name]?.isEntry);
if (!entry) throw new Error("no entry in the manifest: build first");

/** A page loads its own chunk, then the bricks that its definition names. */
const PAGES: Record<string, string[]> = {
  "sign-in": ["src/pages/SignIn.tsx"],
  list: ["src/pages/ListPage.tsx", "src/bricks/list.tsx"],
  record: [
    "src/pages/RecordPage.tsx",
    "src/bricks/record-header.tsx",
    "src/bricks/stage-bar.tsx",
    "src/bricks/columns.tsx",
    "src/bricks/facts.tsx",
    "src/bricks/tabs.tsx",
    "src/bricks/timeline.tsx",
    "src/bricks/related.tsx",
    "src/bricks/lines.tsx",
  ],
  form: ["src/pages/FormPage.tsx", "src/bricks/form.tsx"],
  dashboard: [
    "src/pages/NamedPage.tsx",
    "src/bricks/kpi-strip.tsx",
    "src/bricks/bar-chart.tsx",
    "src/bricks/funnel.tsx",
    "src/bricks/metric-table.tsx",
    "src/bricks/gaps.tsx",
    "src/bricks/record-list.tsx",
    "src/bricks/columns.tsx",
  ],
  tasks: [
    "src/pages/NamedPage.tsx",
    "src/bricks/tasks.tsx",
    "src/bricks/record-header.tsx",
    "src/bricks/timeline.tsx",
  ],
  imports: ["src/pages/NamedPage.tsx", "src/bricks/imports.tsx"],
  people: ["src/pages/NamedPage.tsx", "src/bricks/people.tsx"],
  sources: ["src/pages/NamedPage.tsx", "src/bricks/sources.tsx"],
};

let heavy = 0;
function report(name: string, kb: number, most: number): void {
  const over = kb > most;
  if (over) heavy += 1;
  process.stdout.write(
    `${name.padEnd(10)} ${kb.toFixed(0).padStart(4)} kB of ${most}${over ? "  TOO HEAVY" : ""}\n`,
  );
}

report("entry", weight([entry]), ENTRY_KB);
for (const [name, chunks] of Object.entries(PAGES)) {
  const missing = chunks.filter((chunk) => !manifest[chunk]);
  if (missing.length > 0) throw new Error(`not in the build: ${missing.join(", ")}`);
  report(name, weight([entry, ...chunks]), PAGE_KB);
}
process.exitCode = heavy > 0 ? 1 : 0;
