import assert from "node:assert/strict";
import { Misuse } from "../../../lib/model/failure.ts";
import { proxiesOf } from "../../../lib/store/s3/proxies.ts";

function proxy(env: Record<string, string>, url: string): string | undefined {
  const { protocol, hostname, port } = new URL(url);
  const secure = protocol === "https:";
  const found = proxiesOf((name) => env[name])(secure, hostname, Number(port || (secure ? 443 : 80)));
  return found && `${found.host}:${found.port}`;
}

const BOTH = { HTTPS_PROXY: "http://secure:3128", HTTP_PROXY: "http://plain:3128" };

Deno.test("a server is reached by the proxy for its protocol, or that for all", () => {
  assert.equal(proxy(BOTH, "https://s3.example.org"), "secure:3128");
  assert.equal(proxy(BOTH, "http://s3.example.org"), "plain:3128");
  assert.equal(proxy({}, "https://s3.example.org"), undefined);
  assert.equal(proxy({ HTTP_PROXY: "http://plain" }, "https://s3.example.org"), undefined);
  assert.equal(proxy({ ALL_PROXY: "http://all" }, "https://s3.example.org"), "all:80");
  assert.equal(
    proxy({ all_proxy: "http://all", https_proxy: "http://secure" }, "https://x.org"),
    "secure:80",
  );
});

Deno.test("the lower-case name takes precedence, and an empty value counts as unset", () => {
  assert.equal(proxy({ https_proxy: "http://low", HTTPS_PROXY: "http://up" }, "https://x.org"), "low:80");
  assert.equal(proxy({ https_proxy: "", HTTPS_PROXY: "http://up" }, "https://x.org"), "up:80");
});

Deno.test("a proxy may be written without its protocol, and with a user and a password", () => {
  assert.equal(proxy({ HTTPS_PROXY: "proxy.example.org:8080" }, "https://x.org"), "proxy.example.org:8080");
  assert.equal(proxy({ HTTPS_PROXY: "http://[fd00::1]:8080/" }, "https://x.org"), "fd00::1:8080");
  const found = proxiesOf((name) => name === "HTTPS_PROXY" ? "http://jos%C3%A9:p%40ss@proxy" : undefined);
  const { authorization } = found(true, "x.org", 443)!;
  assert.equal(authorization!.reveal(), btoa("jos\xc3\xa9:p@ss"));
  assert.doesNotMatch(Deno.inspect(found(true, "x.org", 443), { showHidden: true }), /p@ss|cEBzcw/);
});

Deno.test("a value that is not an HTTP proxy is refused, and not shown", () => {
  for (
    const value of ["socks5://user:secret@proxy:1080", "https://user:secret@proxy", "http://user:secret@"]
  ) {
    assert.throws(() => proxy({ HTTPS_PROXY: value }, "https://x.org"), (error) => {
      assert.ok(error instanceof Misuse);
      assert.match(error.message, /^HTTPS_PROXY in the environment is not the address of an HTTP proxy$/);
      assert.doesNotMatch(error.message + error.hint, /secret/);
      return true;
    });
  }
});

const EXCEPTIONS: [list: string, url: string, direct: boolean][] = [
  ["example.org", "https://example.org", true],
  ["example.org", "https://s3.example.org", true],
  ["example.org", "https://notexample.org", false],
  [".example.org", "https://s3.example.org", true],
  ["*.example.org", "https://s3.example.org", true],
  ["other.org, EXAMPLE.org", "https://S3.Example.ORG.", true],
  ["other.org example.org", "https://example.org", true],
  ["example.org:9000", "https://example.org:9000", true],
  ["example.org:9000", "https://example.org", false],
  ["*", "https://anything.org", true],
  ["10.0.0.0/8", "https://10.1.2.3", true],
  ["10.0.0.0/8", "https://11.1.2.3", false],
  ["192.168.1.5", "https://192.168.1.5:7480", true],
  ["fd00::/8", "https://[fd00::5]", true],
  ["", "https://example.org", false],
];

for (const [list, url, direct] of EXCEPTIONS) {
  Deno.test(`with NO_PROXY "${list}" ${url} is reached ${direct ? "directly" : "by the proxy"}`, () => {
    assert.equal(proxy({ ...BOTH, NO_PROXY: list }, url), direct ? undefined : "secure:3128");
  });
}

Deno.test("this machine is never reached by a proxy", () => {
  for (const host of ["localhost", "127.0.0.1", "127.8.9.10", "[::1]", "s3.localhost"]) {
    assert.equal(proxy(BOTH, `https://${host}:7480`), undefined, host);
  }
});
