/** Networks that truly fail: name servers, routes, ports, TLS. Each call is made by a process of its own. */
import assert from "node:assert/strict";
import { makeAuthority, makeCertificate, makeLaterCertificate } from "../../scripts/rgw/certificates.ts";
import { withDirectory } from "../support/directory.ts";
import { foreignTest, has } from "../support/foreign.ts";
import { putElsewhere } from "./put_in_process.ts";

const NET = ["--allow-net", "--ignore-env"];

function bucketAt(endpoint: string | undefined, timeouts = {}): object {
  const keys = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG" };
  return { bucket: "web1-backups", region: "eu-central-1", endpoint, ...keys, timeouts };
}

Deno.test("an unknown host name is reported", async () => {
  const reported = await putElsewhere(bucketAt("https://no-such-host.invalid"), NET);
  assert.match(
    reported,
    /^unreachable\ns3:.* at https:\/\/no-such-host\.invalid: its host name has no address\nCheck end/,
  );
});

// A network of a process's own, in which there is nothing, needs namespaces; some containers do not allow them.
const canUnshare = has("unshare") &&
  new Deno.Command("unshare", { args: ["-rn", "true"] }).outputSync().success;

/** What there is in a network without anything. */
const NOWHERE: [string, string | undefined, RegExp][] = [
  [
    "no name server answers, for an endpoint",
    "https://s3.example.org",
    /its host name has no address\n.*name servers$/,
  ],
  [
    "no name server answers, for Amazon",
    undefined,
    /at s3\.eu-central-1\.amazonaws\.com: its host name has no address\n/,
  ],
  [
    "there is no route",
    "https://192.0.2.1",
    /there is no route to it\nCheck this machine's network and firewall$/,
  ],
  ["there is no IPv6", "http://[2001:db8::1]:9000", /there is no route to it\n/],
];

for (const [what, endpoint, message] of NOWHERE) {
  const name = `${what}: that is reported`;
  const label = canUnshare ? name : `${name} [skipped: unshare -rn is not allowed here]`;
  Deno.test({
    name: label,
    ignore: !canUnshare,
    fn: async () => {
      const reported = await putElsewhere(bucketAt(endpoint), NET, {}, ["unshare", "-rn"]);
      assert.match(reported, /^unreachable\n/);
      assert.match(reported, message);
    },
  });
}

Deno.test("a port on which no program listens is reported", async () => {
  const reported = await putElsewhere(bucketAt("https://127.0.0.1:1"), NET);
  assert.match(
    reported,
    /^unreachable\n.*connection refused\nCheck the endpoint, and that the server runs$/,
  );
});

/** A listener whose queue is full: the kernel drops what else comes, as a firewall does. */
const FULL = `
import socket, sys
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(0)
queue = [socket.socket() for _ in range(2)]
for q in queue: q.setblocking(False); q.connect_ex(s.getsockname())
print(s.getsockname()[1], flush=True); sys.stdin.read()`;

foreignTest(["python3"], "a server that does not answer is reported", async () => {
  const child = new Deno.Command("python3", { args: ["-c", FULL], stdin: "piped", stdout: "piped" }).spawn();
  const reader = child.stdout.getReader();
  const port = new TextDecoder().decode((await reader.read()).value).trim();
  const reported = await putElsewhere(bucketAt(`http://127.0.0.1:${port}`, { connect: 300 }), NET);
  await child.stdin.close();
  await reader.cancel();
  await child.status;
  assert.match(reported, /^timeout\n.*no answer in time\n/);
});

/** Runs `body` with the port of OpenSSL's own server, which speaks what Deno's would not. */
async function withOpenssl(args: string[], body: (port: number) => Promise<void>): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  const all = ["s_server", "-accept", `127.0.0.1:${port}`, "-cipher", "ALL:@SECLEVEL=0", ...args];
  const child = new Deno.Command("openssl", { args: all, stdin: "piped", stdout: "piped", stderr: "null" })
    .spawn();
  const reader = child.stdout.getReader();
  try {
    await reader.read(); // ACCEPT
    await body(port);
  } finally {
    child.kill();
    await Promise.all([reader.cancel(), child.stdin.close().catch(() => {}), child.status]);
  }
}

foreignTest(
  ["openssl"],
  "a certificate that is not valid yet and an outdated TLS version are reported",
  async () => {
    await withDirectory(async (directory) => {
      await makeAuthority(directory);
      await makeCertificate(directory, "today", "DNS:localhost");
      await makeLaterCertificate(directory, "later", "DNS:localhost");
      const env = { NODE_EXTRA_CA_CERTS: `${directory}/ca.pem` };
      const files = (
        name: string,
      ): string[] => ["-cert", `${directory}/${name}.pem`, "-key", `${directory}/${name}-key.pem`];
      await withOpenssl([...files("later"), "-tls1_2"], async (port) => {
        const reported = await putElsewhere(bucketAt(`https://localhost:${port}`), NET, env);
        assert.match(reported, /^setup\n.*TLS certificate: .* not valid yet\n.*check this machine's clock/);
      });
      await withOpenssl([...files("today"), "-tls1_1"], async (port) => {
        const reported = await putElsewhere(bucketAt(`https://localhost:${port}`), NET, env);
        assert.match(
          reported,
          /^setup\n.*the TLS handshake failed \(ERR_SSL_\w+\)\nCheck the endpoint and the server's TLS/,
        );
      });
    });
  },
);
