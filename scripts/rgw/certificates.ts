import { join } from "node:path";
import { run } from "./run.ts";

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

/** Makes a private certificate authority in `folder`: `ca.pem` and `ca-key.pem`. */
export async function makeAuthority(folder: string): Promise<void> {
  const files = ["-keyout", join(folder, "ca-key.pem"), "-out", join(folder, "ca.pem")];
  await run("openssl", [
    "req",
    "-x509",
    ...KEY,
    "-days",
    "3650",
    "-subj",
    "/CN=nightdrop test authority",
    ...files,
  ]);
}

/**
 * Makes `<name>.pem` and `<name>-key.pem` in `folder`, signed by its authority.
 *
 * @param hosts As OpenSSL writes them: `DNS:localhost,IP:127.0.0.1`.
 * @param days From today; -1 for a certificate that has expired.
 */
export async function makeCertificate(
  folder: string,
  name: string,
  hosts: string,
  days = 3650,
): Promise<void> {
  const [key, request, extensions] = ["-key.pem", ".csr", ".ext"].map((end) => join(folder, name + end));
  await run("openssl", ["req", ...KEY, "-subj", `/CN=${name}`, "-keyout", key!, "-out", request!]);
  await Deno.writeTextFile(extensions!, `subjectAltName=${hosts}\nbasicConstraints=CA:FALSE\n`);
  const authority = ["-CA", join(folder, "ca.pem"), "-CAkey", join(folder, "ca-key.pem"), "-CAcreateserial"];
  const files = ["-in", request!, "-extfile", extensions!, "-out", join(folder, `${name}.pem`)];
  await run("openssl", ["x509", "-req", ...authority, "-days", String(days), ...files]);
}

/** Makes a certificate as {@link makeCertificate} does, which is valid from 2037 on. Only OpenSSL's "ca" can. */
export async function makeLaterCertificate(folder: string, name: string, hosts: string): Promise<void> {
  await makeCertificate(folder, name, hosts);
  const [config, index] = ["ca.cnf", "index.txt"].map((file) => join(folder, file));
  const lines = [
    "[ca]",
    "default_ca=d",
    "[d]",
    `database=${index}`,
    `new_certs_dir=${folder}`,
    "default_md=sha256",
  ];
  await Deno.writeTextFile(
    config!,
    [...lines, "rand_serial=yes", "policy=p", "[p]", "commonName=supplied", ""].join("\n"),
  );
  await Deno.writeTextFile(index!, "");
  const authority = ["-cert", join(folder, "ca.pem"), "-keyfile", join(folder, "ca-key.pem")];
  const dates = ["-startdate", "20370101000000Z", "-enddate", "20380101000000Z"];
  const files = ["csr", "ext", "pem"].map((end) => join(folder, `${name}.${end}`));
  const about = ["-in", files[0]!, "-extfile", files[1]!, "-out", files[2]!];
  await run("openssl", ["ca", "-batch", "-notext", "-config", config!, ...authority, ...dates, ...about]);
}
