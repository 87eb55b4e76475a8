import { DAY_MS } from "../../lib/model/day.ts";
import assert from "node:assert/strict";
import fc from "fast-check";
import { type ChainMember, chainOrder } from "../../lib/model/chain_order.ts";
import { processorMs } from "../support/processor.ts";

const START = Date.UTC(2026, 10, 1);

interface Made {
  /** Number of the snapshot in the order in which they were made, from 0. */
  readonly number: number;
  readonly previous?: number | null;
  readonly attempted?: number[];
  /** Days since the start by the store's clock, and by the host's. */
  readonly stored?: number;
  readonly finished?: number;
}

function link(number: number): { snapshot: string; commitment: string } {
  return { snapshot: `id${number}`, commitment: `c${number}` };
}

function member(
  { number, previous = number - 1, attempted = [], stored = number, finished = number }: Made,
): ChainMember {
  return {
    ...link(number),
    id: `id${number}`,
    storedAt: new Date(START + stored * DAY_MS),
    receipt: {
      previous: previous === null || previous < 0 ? null : link(previous),
      attempted: attempted.map(link),
      finished: new Date(START + finished * DAY_MS).toISOString(),
    },
  };
}

function order(made: Made[]): { ids: string; contradicted: boolean } {
  const { members, contradiction } = chainOrder(made.map(member));
  return { ids: members.map(({ id }) => id.slice(2)).join(" "), contradicted: contradiction !== undefined };
}

function numbers(count: number): Made[] {
  return Array.from({ length: count }, (_, number) => ({ number }));
}

Deno.test("an unbroken chain is in its order, whatever the order of the list", () => {
  fc.assert(fc.property(fc.shuffledSubarray(numbers(12), { minLength: 12 }), (made) => {
    assert.deepEqual(order(made), { ids: "0 1 2 3 4 5 6 7 8 9 10 11", contradicted: false });
  }));
});

Deno.test("an unbroken chain is in its order, whatever the dates of a copied store and the clock of the host", () => {
  const dates = fc.array(fc.nat(20), { minLength: 8, maxLength: 8 });
  fc.assert(fc.property(dates, dates, (stored, finished) => {
    const made = numbers(8).map((it, at) => ({ ...it, stored: stored[at]!, finished: finished[at]! }));
    const isContradicted = stored.some((date, at) => at > 0 && date < stored[at - 1]!);
    assert.deepEqual(order(made), { ids: "0 1 2 3 4 5 6 7", contradicted: isContradicted });
  }));
});

Deno.test("in every order, each snapshot follows those that its receipt refers to", () => {
  const made = fc.array(
    fc.record({ previous: fc.nat(30), attempted: fc.array(fc.nat(30), { maxLength: 3 }), stored: fc.nat(9) }),
    { maxLength: 30 },
  );
  fc.assert(fc.property(made, (specs) => {
    const all = specs.map(({ previous, attempted, stored }, number) => ({
      number,
      previous: previous < number ? previous : null,
      attempted: attempted.filter((it) => it < number),
      stored,
    }));
    const ids = order(all).ids.split(" ");
    assert.equal(new Set(ids).size, Math.max(all.length, 1));
    for (const { number, previous, attempted } of all) {
      for (const before of [...(previous === null ? [] : [previous]), ...attempted]) {
        assert.ok(ids.indexOf(`${before}`) < ids.indexOf(`${number}`));
      }
    }
  }));
});

Deno.test("where the chain does not decide the order, the store's dates do, not the host's clock", () => {
  const gap = [{ number: 0, finished: 90 }, { number: 2, finished: 1 }];
  assert.deepEqual(order(gap), { ids: "0 2", contradicted: false });
  const anew = [{ number: 0, finished: 90 }, { number: 1, previous: null }, { number: 2 }];
  assert.deepEqual(order(anew), { ids: "0 1 2", contradicted: false });
});

Deno.test("where the chain does not decide the order, and the dates contradict it elsewhere, the signed times do", () => {
  const copied = [{ number: 0, stored: 9 }, { number: 1, stored: 8 }, { number: 3, stored: 1 }];
  assert.deepEqual(order(copied), { ids: "0 1 3", contradicted: true });
});

Deno.test("the branches of a fork are distinguished by their dates", () => {
  const fork = [{ number: 0 }, { number: 1, previous: 0 }, { number: 2, previous: 0 }, {
    number: 3,
    previous: 1,
    stored: 2.5,
  }];
  assert.deepEqual(order(fork), { ids: "0 1 2 3", contradicted: false });
});

Deno.test("a chain of 20,000 snapshots in a copied store is put into order without a stack of that depth", () => {
  const started = processorMs();
  const { ids } = order(numbers(20_000).map((it) => ({ ...it, stored: -it.number, finished: -it.number })));
  assert.ok(ids.startsWith("0 1 2 3 ") && ids.endsWith(" 19998 19999"));
  assert.ok(processorMs() - started < 5000);
});
