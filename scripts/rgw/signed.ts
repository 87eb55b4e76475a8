import { createHash, createHmac } from "node:crypto";
import type { Keys } from "./keys.ts";

/** A POST to a service that the S3 client does not speak, IAM or STS: "Signature Version 4" of the AWS manual. */
export function signed(
  service: "iam" | "sts",
  host: string,
  { accessKeyId, secretAccessKey }: Keys,
  form: Readonly<Record<string, string>>,
): RequestInit {
  const body = new URLSearchParams(form).toString();
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const headers = {
    "content-type": "application/x-www-form-urlencoded",
    host,
    "x-amz-content-sha256": hash(body),
    "x-amz-date": time,
  };
  const names = Object.keys(headers).join(";");
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`).join("");
  const request = ["POST", "/", "", lines, names, hash(body)].join("\n");
  const scope = [time.slice(0, 8), "us-east-1", service, "aws4_request"];
  const key = scope.reduce<string | Uint8Array>((key, part) => hmac(key, part), `AWS4${secretAccessKey}`);
  const signature = hmac(key, ["AWS4-HMAC-SHA256", time, scope.join("/"), hash(request)].join("\n")).toHex();
  const credential = `${accessKeyId}/${scope.join("/")}`;
  const authorization =
    `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`;
  return { method: "POST", body, headers: { ...headers, authorization } };
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function hmac(key: string | Uint8Array, text: string): Uint8Array {
  return new Uint8Array(createHmac("sha256", key).update(text).digest());
}
