/** S3 by way of an HTTP proxy, which alone knows the server: Ceph RGW. */
import assert from "node:assert/strict";
import type { S3Options } from "../../lib/store/s3/options.ts";
import type { Socket } from "node:net";
import { proxiesOf } from "../../lib/store/s3/proxies.ts";
import { content } from "./checks.ts";
import { optionsFor } from "./calls.ts";
import { type HttpProxy, withHttpProxy } from "../support/http_proxy.ts";
import { type Cluster, newBucket, rgwTest, type TestBucket } from "../support/rgw.ts";
import { putElsewhere } from "./put_in_process.ts";
import { withReader, withWriter } from "./closed_clients.ts";
import { withServer } from "./wire.ts";

/** The server under names that no name server knows. */
function endpoints(rgw: Cluster): { readonly servers: Record<string, number>; readonly urls: string[] } {
  const [plain, secure] = [rgw.endpoint, rgw.tlsEndpoint].map((it) => Number(new URL(it).port));
  return {
    servers: { "s3.test:80": plain!, "s3.test": plain!, "s3.test:7481": secure!, "s3.test:443": secure! },
    urls: ["http://s3.test", "https://s3.test:7481", "https://s3.test"],
  };
}

/** What a process says that may reach nothing but the proxy and stores one object at `endpoint`. */
function putBy(
  { url, port }: HttpProxy,
  rgw: Cluster,
  { credentials, ...options }: S3Options,
  proxy: Record<string, string> = { HTTPS_PROXY: url, HTTP_PROXY: url },
): Promise<string> {
  const keys = { accessKeyId: credentials.accessKeyId, secret: credentials.secretAccessKey.reveal() };
  const allowed = [`--allow-net=127.0.0.1:${port}`, "--allow-env"];
  return putElsewhere({ ...options, ...keys }, allowed, {
    NODE_EXTRA_CA_CERTS: rgw.ca,
    DENO_NO_UPDATE_CHECK: "1", // Deno's own, which would ask the proxy
    ...proxy,
  });
}

async function stored({ trusted }: TestBucket): Promise<string[]> {
  const names: string[] = [];
  await withReader(trusted, async (reader) => {
    for await (const { name } of reader.list("")) names.push(name);
  });
  return names;
}

rgwTest(
  "a store is reached by the proxy of the environment, with permission for the proxy alone",
  async (rgw) => {
    const { servers, urls } = endpoints(rgw);
    for (const endpoint of urls) {
      await withHttpProxy({ servers }, async (proxy) => {
        const bucket = await newBucket(rgw);
        assert.equal(await putBy(proxy, rgw, { ...bucket.host, endpoint }), "stored", endpoint);
        assert.equal((await stored(bucket)).length, 1);
        assert.deepEqual(
          proxy.asked,
          endpoint.startsWith("http:")
            ? [`PUT http://s3.test/${bucket.name}/host/snapshot/unguessable`]
            : [`CONNECT s3.test:${new URL(endpoint).port || 443}`],
        );
      });
    }
  },
);

rgwTest(
  "a proxy gets the user and the password that its address holds",
  async (rgw) => {
    const { servers, urls } = endpoints(rgw);
    const authorization = `Basic ${btoa("user:p@ss")}`;
    await withHttpProxy({ servers, authorization }, async (proxy) => {
      const { host } = await newBucket(rgw);
      const named = `http://user:p%40ss@127.0.0.1:${proxy.port}`;
      for (const [at, endpoint] of urls.entries()) {
        const options = { ...host, endpoint, prefix: `${at}` };
        assert.equal(await putBy(proxy, rgw, options, { https_proxy: named, http_proxy: named }), "stored");
        const reported = await putBy(proxy, rgw, { ...options, prefix: `${at}b` });
        assert.match(
          reported,
          /^setup\n.*proxy .*needs a user name and a password\nWrite them into HTTPS?_PROXY: http:/,
        );
      }
    });
  },
);

rgwTest("servers in NO_PROXY and this machine are reached without the proxy", async (rgw) => {
  const { host } = await newBucket(rgw);
  await withHttpProxy({ servers: {} }, async (proxy) => {
    const { credentials, ...options } = { ...host, endpoint: rgw.tlsEndpoint };
    const keys = { accessKeyId: credentials.accessKeyId, secret: credentials.secretAccessKey.reveal() };
    const env = { HTTPS_PROXY: proxy.url, NODE_EXTRA_CA_CERTS: rgw.ca, DENO_NO_UPDATE_CHECK: "1" };
    assert.equal(await putElsewhere({ ...options, ...keys }, ["--allow-net", "--allow-env"], env), "stored");
    const elsewhere = { ...options, ...keys, endpoint: "https://s3.test" };
    const reported = await putElsewhere(elsewhere, ["--allow-net", "--allow-env"], {
      ...env,
      NO_PROXY: "s3.test",
    });
    assert.match(reported, /^unreachable\n.*its host name has no address\n/);
    assert.deepEqual(proxy.asked, []);
  });
});

/** Answers of a proxy, and the messages for them. */
const REFUSALS: [string, string, RegExp][] = [
  [
    "403",
    "HTTP/1.1 403 X\r\nContent-Length: 0\r\n\r\n",
    /^setup\n.*refuses connections to it \(403\)\n.*NO_PROXY/,
  ],
  ["502", "HTTP/1.1 502 X\r\nContent-Length: 0\r\n\r\n", /^unreachable\n.* cannot reach it \(502\)\n/],
  [
    "something else",
    "220 mail.example.org ESMTP\r\n\r\n",
    /^setup\n.*is not an HTTP proxy\nCheck HTTPS_PROXY in the env/,
  ],
  [
    "nothing",
    "",
    /^unreachable\n.*the proxy 127\.0\.0\.1:\d+ cannot be reached: the connection was cut\nCheck HTTPS_/,
  ],
];

for (const [what, answer, reported] of REFUSALS) {
  rgwTest(`a proxy that answers ${what} is distinguished from the server`, async (rgw) => {
    const { host } = await newBucket(rgw);
    await withHttpProxy({ servers: {}, answer }, async (proxy) => {
      assert.match(await putBy(proxy, rgw, { ...host, endpoint: "https://s3.test" }), reported);
    });
  });
}

rgwTest("a proxy that is missing or silent is distinguished from the server", async (rgw) => {
  const { host } = await newBucket(rgw);
  const options = { ...host, endpoint: "https://s3.test", timeouts: { connect: 200 } };
  const nobody = { url: "http://127.0.0.1:1", port: 1, asked: [] };
  assert.match(
    await putBy(nobody, rgw, options),
    /^unreachable\n.*the proxy 127\.0\.0\.1:1 cannot be reached: connection refused\nCheck HTTPS_PROXY/,
  );
  await withServer(() => {}, async (port) => {
    const silent = { url: `http://127.0.0.1:${port}`, port, asked: [] };
    assert.match(await putBy(silent, rgw, options), /^timeout\n/);
  });
});

rgwTest("large objects are stored and read, and listed", async (rgw) => {
  const { servers, urls } = endpoints(rgw);
  const plain = urls.filter((it) => it.startsWith("http:")); // the tests' own process does not trust the authority
  await withHttpProxy({ servers }, async (proxy) => {
    const proxies = proxiesOf((name) => name === "HTTP_PROXY" ? proxy.url : undefined);
    for (const endpoint of plain) {
      const { host, trusted } = await newBucket(rgw);
      await withWriter({ ...host, endpoint, proxies }, (writer) => writer.put("a b", content(16 << 20)));
      await withReader({ ...trusted, endpoint, proxies }, async (reader) => {
        assert.deepEqual((await Array.fromAsync(reader.list("a"))).map(({ size }) => size), [16 << 20]);
        assert.deepEqual(await reader.get("a b", { maxBytes: 16 << 20 }), content(16 << 20));
      });
    }
    assert.equal(proxy.asked.length, 3);
  });
});

Deno.test("a put that is aborted while the proxy is silent leaves no connection open", async () => {
  const reason = new Error("enough");
  const stop = new AbortController();
  let open = 0;
  const serve = (socket: Socket): void => {
    open += 1;
    socket.on("close", () => open -= 1);
    socket.on("data", () => stop.abort(reason));
  };
  await withServer(serve, async (port) => {
    const proxies = proxiesOf((name) => name === "HTTPS_PROXY" ? `http://127.0.0.1:${port}` : undefined);
    await withWriter({ ...optionsFor("https://s3.test"), proxies }, async (writer) => {
      await assert.rejects(writer.put("a", content(10), { signal: stop.signal }), reason);
    });
    while (open > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  });
});
