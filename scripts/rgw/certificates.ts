import { join } from "node:path";
import { run } from "./run.ts";

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

/** Makes a private certificate authority in `directory`: `ca.pem` and `ca-key.pem`. */
export async function makeAuthority(directory: string): Promise<void> {
  const files = ["-keyout", join(directory, "ca-key.pem"), "-out", join(directory, "ca.pem")];
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
 * Makes `<name>.pem` and `<name>-key.pem` in `directory`, signed by its authority.
 *
 * @param hosts As OpenSSL writes them: `DNS:localhost,IP:127.0.0.1`.
 * @param days From today; -1 for a certificate that has expired.
 */
export async function makeCertificate(
  directory: string,
  name: string,
  hosts: string,
  days = 3650,
): Promise<void> {
  const [key, request, extensions] = ["-key.pem", ".csr", ".ext"].map((end) => join(directory, name + end));
  await run("openssl", ["req", ...KEY, "-subj", `/CN=${name}`, "-keyout", key!, "-out", request!]);
  await Deno.writeTextFile(extensions!, `subjectAltName=${hosts}\nbasicConstraints=CA:FALSE\n`);
  const authority = [
    "-CA",
    join(directory, "ca.pem"),
    "-CAkey",
    join(directory, "ca-key.pem"),
    "-CAcreateserial",
  ];
  const files = ["-in", request!, "-extfile", extensions!, "-out", join(directory, `${name}.pem`)];
  await run("openssl", ["x509", "-req", ...authority, "-days", String(days), ...files]);
}

/** Makes a certificate as {@link makeCertificate} does, which is valid from 2037 on. Only OpenSSL's "ca" can. */
export async function makeLaterCertificate(directory: string, name: string, hosts: string): Promise<void> {
  await makeCertificate(directory, name, hosts);
  const [config, index] = ["ca.cnf", "index.txt"].map((file) => join(directory, file));
  const lines = [
    "[ca]",
    "default_ca=d",
    "[d]",
    `database=${index}`,
    `new_certs_dir=${directory}`,
    "default_md=sha256",
  ];
  await Deno.writeTextFile(
    config!,
    [...lines, "rand_serial=yes", "policy=p", "[p]", "commonName=supplied", ""].join("\n"),
  );
  await Deno.writeTextFile(index!, "");
  const authority = ["-cert", join(directory, "ca.pem"), "-keyfile", join(directory, "ca-key.pem")];
  const dates = ["-startdate", "20370101000000Z", "-enddate", "20380101000000Z"];
  const files = ["csr", "ext", "pem"].map((end) => join(directory, `${name}.${end}`));
  const about = ["-in", files[0]!, "-extfile", files[1]!, "-out", files[2]!];
  await run("openssl", ["ca", "-batch", "-notext", "-config", config!, ...authority, ...dates, ...about]);
}
