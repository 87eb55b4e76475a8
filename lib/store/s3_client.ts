import { S3Client } from "s3";
import { NodeHttpHandler } from "s3-transport";
import { Agent, type RequestOptions } from "node:https";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import type { S3Options } from "./s3_options.ts";

/**
 * A client that takes nothing from its surroundings: what is not set here the SDK would look for in the
 * environment and in `~/.aws`, and ask for permission to. It never repeats a request: `retry.ts` does.
 *
 * @param socketTimeout Milliseconds without a byte on a connection; 0 for no limit.
 */
export function s3Client(options: S3Options, socketTimeout: number): S3Client {
  const { accessKeyId, secretAccessKey, sessionToken } = options.credentials;
  return new S3Client({
    region: options.region,
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    forcePathStyle: options.endpoint !== undefined,
    credentials: {
      accessKeyId,
      secretAccessKey: secretAccessKey.reveal(),
      ...(sessionToken === undefined ? {} : { sessionToken: sessionToken.reveal() }),
    },
    requestHandler: new NodeHttpHandler({
      connectionTimeout: options.timeouts?.connect ?? 20_000,
      socketTimeout,
      httpsAgent: new TrustingAgent({ keepAlive: true, maxSockets: 50 }),
    }),
    maxAttempts: 1,
    retryMode: "standard",
    defaultsMode: "standard",
    // With it a wrong clock would be an error once and then pass; it dates snapshots, so it is told each time.
    disableClockSkewCorrection: true,
    authSchemePreference: ["aws.auth#sigv4"],
    sigv4aSigningRegionSet: [],
    // The digests that matter are set with each object.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    // The SDK opens a connection for each request that expects 100-continue. Deno hands over an answer that
    // comes before the body has been sent, so there is no need to ask first.
    expectContinueHeader: false,
    disableS3ExpressSessionAuth: true,
    useArnRegion: false,
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    userAgentAppId: () => Promise.resolve(undefined),
    defaultUserAgentProvider: () => Promise.resolve([["nightdrop"]]),
  });
}

/**
 * Trusts the authorities that Deno trusts (its own, `--cert`, `NODE_EXTRA_CA_CERTS`, `DENO_TLS_CA_STORE`). The
 * agent of `node:https` would gather them itself, for which Deno wants `--allow-sys` without any limit.
 */
class TrustingAgent extends Agent {
  override createConnection(options: RequestOptions): TLSSocket {
    return connect(options as ConnectionOptions);
  }
}
