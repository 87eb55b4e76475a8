/** `docs/CONFIG.md`, held against the schema: its keys, its defaults and its examples. */
import assert from "node:assert/strict";
import { hostSchema } from "../../lib/config/host_schema.ts";
import { parseConfig } from "../../lib/config/parse.ts";
import { BASE as SMALL, CONTEXT } from "../config/base.ts";
import { blocks } from "./blocks.ts";

/** What this test needs to know of a schema. */
interface Schema {
  readonly type: string;
  readonly entries?: Readonly<Record<string, Schema>>;
  readonly wrapped?: Schema;
  readonly item?: Schema;
  readonly value?: Schema;
  readonly options?: readonly Schema[];
}

/** A valid config whose host inherits everything. */
const BASE = { ...SMALL, paths: ["/etc"], hosts: { "web1.example.org": {} } };

interface Row {
  readonly key: string;
  readonly standard: string;
  readonly example: string;
}

const text = Deno.readTextFileSync(new URL("../../docs/CONFIG.md", import.meta.url));

const rows: readonly Row[] = [...text.matchAll(/^\| `(.*?)` \| .*? \| (.*?) \| `(.*?)` \| .* \|$/gm)].map((
  [, key = "", standard = "", example = ""],
) => ({ key, standard, example }));

/** The names of all keys of a schema, those with objects in them only where the document has a row for them. */
function keysOf(schema: Schema, name: string): string[] {
  const { type, wrapped, item, entries, options } = schema;
  if (wrapped) return keysOf(wrapped, name);
  if (type === "array" && item?.entries) return [name, ...keysOf(item, `${name}[]`).slice(1)];
  if (type === "record" && schema.value?.entries) {
    return [name, ...keysOf(schema.value, `${name}.*`).slice(1)];
  }
  if (type === "variant") return [name, ...options!.flatMap((it) => keysOf(it, name).slice(1))];
  const below = Object.entries(entries ?? {});
  return [name, ...below.flatMap(([key, it]) => keysOf(it, name === "" ? key : `${name}.${key}`))];
}

/** The literals of the document, as values. */
async function values(literals: readonly string[]): Promise<unknown[]> {
  const module = `export default [${literals.join(",")}]`;
  return (await import(`data:text/javascript,${encodeURIComponent(module)}`)).default;
}

/** Settings to add a key of an object to. */
const PARENTS: Readonly<Record<string, unknown>> = {
  store: BASE.store,
  retention: BASE.retention,
  "store.credentials": {},
  "store.objectLock": {},
  "recipients[]": BASE.recipients[0],
  "drill.dumps.*": { load: ["true"], check: ["true"] },
  "dumps[]": { name: "a.sql", command: ["true"] },
};

/** A valid config with one key set, or removed. */
function configWith(key: string, value: unknown): Record<string, unknown> {
  const dot = key.lastIndexOf(".");
  if (dot < 0) return changed(BASE, key, value);
  const parent = key.slice(0, dot);
  const base = key === "store.path" || value === "directory"
    ? { kind: "directory", path: "/mnt" }
    : PARENTS[parent] ?? {};
  const object = changed(base as Record<string, unknown>, key.slice(dot + 1), value);
  return parent.endsWith("[]") ? configWith(parent.slice(0, -2), [object]) : configWith(parent, object);
}

function changed(object: object, key: string, value: unknown): Record<string, unknown> {
  const rest = Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
  return value === undefined ? rest : { ...rest, [key]: value };
}

const parsed = (config: unknown): unknown => [...parseConfig(config, CONTEXT).values()];

Deno.test("docs/CONFIG.md has a row for each key of the config, and no other", () => {
  const names = keysOf(hostSchema({ ...CONTEXT, host: undefined }) as unknown as Schema, "").filter(Boolean);
  const documented = new Set(rows.map(({ key }) => key));
  const groups = names.filter((name) => names.some((it) => it.startsWith(`${name}.`)));
  const missing = names.filter((name) => !documented.has(name) && !groups.includes(name));
  assert.deepEqual([...new Set(missing)], [], "keys without a row");
  assert.deepEqual([...documented].filter((name) => !names.includes(name)), [], "rows without a key");
});

Deno.test("each default in docs/CONFIG.md is what a config without the key gets", async () => {
  const literal = rows.filter(({ standard }) => standard.startsWith("`"));
  const defaults = await values(literal.map(({ standard }) => standard.replaceAll("`", "")));
  for (const [at, { key }] of literal.entries()) {
    assert.deepEqual(parsed(configWith(key, defaults[at])), parsed(configWith(key, undefined)), key);
  }
  for (const { key, standard } of rows.filter(({ standard }) => !standard.startsWith("`"))) {
    assert.ok(standard === "none" || standard === "required", `${key}: ${standard}`);
    if (standard === "required") assert.throws(() => parsed(configWith(key, undefined)), key);
    else if (!key.startsWith("store.credentials.")) parsed(configWith(key, undefined));
  }
});

Deno.test("each example in docs/CONFIG.md is accepted and changes something", async () => {
  const examples = await values(rows.map(({ example }) => example));
  for (const [at, { key, standard }] of rows.entries()) {
    const result = parsed(configWith(key, examples[at]));
    if (standard !== "required" && !key.startsWith("store.credentials.")) {
      assert.notDeepEqual(result, parsed(configWith(key, undefined)), key);
    }
  }
});

Deno.test("the config in docs/CONFIG.md is valid", async () => {
  const [block] = blocks("docs/CONFIG.md", "ts");
  const [config] = await values([block!.slice(block!.indexOf("({") + 1, block!.lastIndexOf(")"))]);
  assert.equal([...parseConfig(config, CONTEXT)].length, 2);
});
