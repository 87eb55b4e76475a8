import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { makeAuthority, makeCertificate } from "../../scripts/rgw/certificates.ts";
import { Secret } from "../../lib/model/secret.ts";
import { directoryWriter } from "../../lib/store/directory/directory.ts";
import { paced, Pacer } from "../../lib/store/pacer.ts";
import { s3Writer } from "../../lib/store/s3/writer.ts";
import { foreignTest } from "../support/foreign.ts";
import { withDirectory } from "../support/directory.ts";
import { content } from "./checks.ts";
import { answering, http, withServer } from "./wire.ts";

/** A pacer in a time of its own that goes on only while it waits. */
function pacer(bytesPerSecond: number): { pacer: Pacer; clock: { time: number; waits: number } } {
  const clock = { time: 0, waits: 0 };
  const sleep = (milliseconds: number): Promise<void> => {
    clock.waits += 1;
    clock.time += milliseconds;
    return Promise.resolve();
  };
  return { pacer: new Pacer(bytesPerSecond, { now: () => clock.time, sleep }), clock };
}

const KIB = 1024;

Deno.test("the first slice is sent at once, and each other one waits for those before it", async () => {
  const { pacer: it, clock } = pacer(1000 * KIB);
  for (let slice = 0; slice < 11; slice++) await it.pass(100 * KIB);
  assert.equal(clock.time, 1000);
});

Deno.test("an idle line saves no credit", async () => {
  const { pacer: it, clock } = pacer(1000 * KIB);
  await it.pass(100 * KIB);
  clock.time += 60_000;
  const before = clock.time;
  for (let slice = 0; slice < 11; slice++) await it.pass(100 * KIB);
  assert.equal(clock.time - before, 1000);
});

Deno.test("those who share a line get it in turns, and together no more than one would", async () => {
  const { pacer: it, clock } = pacer(1000 * KIB);
  const upload = async (): Promise<void> => {
    for (let slice = 0; slice < 10; slice++) await it.pass(100 * KIB);
  };
  await Promise.all([upload(), upload()]);
  assert.ok(clock.time >= 1900, `${clock.time}`);
});

Deno.test("slices are smaller on slow lines, so that each is short", () => {
  assert.equal(new Pacer(64 * KIB).slice, Math.ceil(64 * KIB / 20));
  assert.equal(new Pacer(1024 ** 3).slice, 64 * KIB);
});

const LENGTH = 1_000_000;

Deno.test("every byte of an object that is put into a bucket passes, slice by slice", async () => {
  const { pacer: it, clock } = pacer(100_000);
  let request = "";
  const answer = (text: string): string => (request = text) && http(200, { ETag: '"x"' }, "");
  await withServer(answering(answer), async (port) => {
    const writer = s3Writer({
      bucket: "b",
      region: "r",
      endpoint: `http://127.0.0.1:${port}`,
      credentials: { accessKeyId: "A", secretAccessKey: new Secret("s") },
      pacer: it,
    });
    await writer.put("a", content(LENGTH)).finally(() => writer.close());
  });
  assert.ok(request.endsWith("\r\n\r\n" + Buffer.from(content(LENGTH)).toString("latin1")));
  assert.ok(clock.waits >= LENGTH / it.slice - 1);
  assert.ok(clock.time >= 9_900 && clock.time < 10_200, `${clock.time}`);
});

Deno.test("every byte of an object that is put into a directory passes too", () =>
  withDirectory(async (directory) => {
    const { pacer: it, clock } = pacer(100_000);
    await directoryWriter(`${directory}/store`, it).put("a", content(LENGTH));
    assert.deepEqual(Deno.readFileSync(`${directory}/store/a`), content(LENGTH));
    assert.ok(clock.time >= 9_900 && clock.time <= 10_000, `${clock.time}`);
  }));

/** What a server gets of a socket that sends `content` by way of a pacer. */
async function sent(
  open: (port: number) => Socket,
  certificate?: { key: string; cert: string },
): Promise<number> {
  const { pacer: it, clock } = pacer(100_000);
  const { promise, resolve } = Promise.withResolvers<number>();
  const count = (socket: Socket): void => {
    let bytes = 0;
    socket.on("data", (chunk) => bytes += chunk.length);
    socket.on("end", () => resolve(bytes));
  };
  await withServer(count, async (port) => {
    const socket = paced(open(port), it);
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.end(content(LENGTH));
    assert.equal(await promise, LENGTH);
    socket.destroy();
    await closed;
  }, certificate);
  return clock.time;
}

foreignTest(
  ["openssl"],
  "a socket is paced whether it speaks TLS or not",
  () =>
    withDirectory(async (directory) => {
      await makeAuthority(directory);
      await makeCertificate(directory, "server", "IP:127.0.0.1");
      const read = (end: string): string => Deno.readTextFileSync(`${directory}/${end}`);
      const plain = await sent((port) => connect(port, "127.0.0.1"));
      const tls = await sent(
        (port) => connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false }),
        { key: read("server-key.pem"), cert: read("server.pem") },
      );
      for (const time of [plain, tls]) assert.ok(time >= 9_900 && time < 10_200, `${time}`);
    }),
);

Deno.test("a socket that is closed while it waits stops waiting", async () => {
  await withServer(() => {}, async (port) => {
    const socket = paced(connect(port, "127.0.0.1"), new Pacer(64));
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.on("error", () => {}); // what was under way is lost
    socket.write(content(1000));
    await new Promise((resolve) => socket.once("connect", resolve));
    socket.destroy();
    await closed;
  });
});
