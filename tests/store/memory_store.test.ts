/** The store that other tests use is held to the laws as well: else they would prove nothing. */
import { memoryStore } from "../support/memory_store.ts";
import { conformance } from "./conformance.ts";

conformance((law, body) => Deno.test(`memory store: ${law}`, () => body(memoryStore())));
