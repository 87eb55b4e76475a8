import assert from "node:assert/strict";
import {
  type KnownStore,
  knownStores,
  MAX_STORES,
  openStore,
  removeFormerState,
  type StoreState,
} from "../../lib/catalog/store_state.ts";
import { exists } from "../../lib/disk/exists.ts";
import { Failure } from "../../lib/model/failure.ts";
import { MAX_ATTEMPTED } from "../../lib/model/receipt.ts";
import { withDirectory } from "../support/directory.ts";

const NOW = new Date("2026-11-23T05:00:00Z");

function open(directory: string, identity = "one", at = NOW): StoreState {
  return openStore(directory, { identity, place: `/mnt/${identity}` }, at);
}

/** What is known after a store was opened and left. */
function known(directory: string, identity = "one", at = NOW): KnownStore {
  using state = open(directory, identity, at);
  return { directory: state.directory, chain: state.chain };
}

function link(number: number): { snapshot: string; commitment: string } {
  return { snapshot: "20261123T050000Z-0123456789abcdef", commitment: number.toString(16).padStart(64, "0") };
}

Deno.test("each store has a chain and a directory of its own, for this user alone", () =>
  withDirectory((directory) => {
    const one = open(directory, "one");
    const two = open(directory, "two");
    one.confirm(link(1));
    two.attempt(link(2));
    one[Symbol.dispose]();
    two[Symbol.dispose]();
    assert.deepEqual(known(directory, "one").chain, { last: link(1), attempted: [] });
    assert.deepEqual(known(directory, "two").chain, { last: null, attempted: [link(2)] });
    assert.equal(Deno.statSync(one.directory).mode! & 0o777, 0o700);
  }));

Deno.test("a store is known by its identity and the place where it was used last", () =>
  withDirectory((directory) => {
    assert.deepEqual(knownStores(directory), []);
    for (const place of ["/mnt/a", "/mnt/b"]) {
      openStore(directory, { identity: "one", place }, NOW)[Symbol.dispose]();
    }
    assert.deepEqual(knownStores(directory), [{ identity: "one", place: "/mnt/b" }]);
  }));

Deno.test("a record of a store that is damaged is passed over, and the next use writes it again", () =>
  withDirectory((directory) => {
    const record = `${known(directory).directory}/store.json`;
    for (
      const spoil of [
        () => Deno.writeTextFileSync(record, "{"),
        () => Deno.writeTextFileSync(record, '{"identity":1}'),
        () => Deno.removeSync(record),
        () => {
          Deno.removeSync(record);
          Deno.symlinkSync("nowhere", record);
        },
      ]
    ) {
      spoil();
      assert.deepEqual(knownStores(directory), []);
      known(directory);
      assert.deepEqual(knownStores(directory), [{ identity: "one", place: "/mnt/one" }]);
    }
  }));

Deno.test(`beyond ${MAX_STORES} stores the one that was not used for longest is forgotten`, () =>
  withDirectory((directory) => {
    for (let at = 0; at < MAX_STORES; at += 1) known(directory, `${at}`, new Date(NOW.getTime() + at * 1000));
    known(directory, "0", new Date(NOW.getTime() + 1e6));
    assert.equal(knownStores(directory).length, MAX_STORES);
    known(directory, "new", new Date(NOW.getTime() + 2e6));
    const left = new Set(knownStores(directory).map(({ identity }) => identity));
    assert.equal(left.size, MAX_STORES);
    assert.ok(left.has("0") && left.has("new") && !left.has("1"));
  }));

Deno.test("files of an earlier version in a state directory are removed once, and reported", () =>
  withDirectory((directory) => {
    assert.equal(removeFormerState(directory), false);
    for (const name of ["chain.json", "catalog.sqlite", "catalog.sqlite-wal"]) {
      Deno.writeTextFileSync(`${directory}/${name}`, "former");
    }
    Deno.writeTextFileSync(`${directory}/signer.asc`, "key");
    assert.equal(removeFormerState(directory), true);
    assert.equal(removeFormerState(directory), false);
    assert.ok(exists(`${directory}/signer.asc`) && !exists(`${directory}/catalog.sqlite-wal`));
  }));

Deno.test("a receipt that was attempted is remembered until a later one is confirmed", () =>
  withDirectory((directory) => {
    {
      using state = open(directory);
      state.attempt(link(1));
      state.confirm(link(1));
    }
    {
      using state = open(directory);
      assert.deepEqual(state.chain, { last: link(1), attempted: [] });
      state.attempt(link(2)); // and no answer comes
    }
    {
      using state = open(directory);
      assert.deepEqual(state.chain, { last: link(1), attempted: [link(2)] });
      state.attempt(link(3));
      state.confirm(link(3));
    }
    using state = open(directory);
    assert.deepEqual(state.chain, { last: link(3), attempted: [] });
  }));

Deno.test("attempts that are never answered do not grow without bound", () =>
  withDirectory((directory) => {
    for (let run = 0; run < MAX_ATTEMPTED + 5; run++) {
      using state = open(directory);
      state.attempt(link(run));
    }
    using state = open(directory);
    assert.equal(state.chain.attempted.length, MAX_ATTEMPTED);
    assert.deepEqual(state.chain.attempted.at(-1), link(MAX_ATTEMPTED + 4));
  }));

Deno.test("an unreadable chain file stops the run: no new chain begins silently", () =>
  withDirectory((directory) => {
    const file = `${known(directory).directory}/chain.json`;
    for (
      const text of [
        "",
        "{",
        "null",
        '{"last":null}',
        '{"last":null,"attempted":[{"snapshot":"x","commitment":"y"}]}',
      ]
    ) {
      Deno.writeTextFileSync(file, text);
      assert.throws(
        () => known(directory),
        (error) => error instanceof Failure && error.hint !== undefined,
        text,
      );
    }
    Deno.removeSync(file);
    assert.equal(known(directory).chain.last, null);
  }));

Deno.test("the state names no object: only commitments and snapshot ids are in it", () =>
  withDirectory((directory) => {
    using state = open(directory);
    state.attempt(link(1));
    const text = Deno.readTextFileSync(`${state.directory}/chain.json`);
    assert.doesNotMatch(text, /receipt-|\.gpg|\.asc|sha256/);
  }));
