import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import type { S3Options } from "./options.ts";
import { Transport } from "./transport.ts";

/**
 * Returns a client that takes no settings from its environment. The SDK would look for settings that are
 * missing here in environment variables and in `~/.aws`, which needs permissions.
 *
 * @param socketTimeout Milliseconds without a byte on a connection; 0 for no limit.
 * @param attempts Number of attempts of each request. Requests of writers and readers are retried by
 *   `retry.ts`.
 */
export function s3Client(options: ClientOptions, socketTimeout: number, attempts = 1): S3Client {
  return new S3Client({
    ...clientSettings(options, socketTimeout, attempts),
    forcePathStyle: options.endpoint !== undefined,
    // Each put sets the digests that are needed.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    // With 100-continue, the SDK opens a new connection for each request. It is not needed: Deno reports an answer that
    // arrives before the body was sent.
    expectContinueHeader: false,
    disableS3ExpressSessionAuth: true,
    useArnRegion: false,
    sigv4aSigningRegionSet: [],
  });
}

/** Server, and the credentials that are used there. */
export type ClientOptions = Pick<
  S3Options,
  "region" | "endpoint" | "credentials" | "timeouts" | "pacer" | "proxies"
>;

/** Settings that the clients of all services of the SDK have in common. */
type ClientSettings = Omit<
  S3ClientConfig,
  | "endpointProvider"
  | "extensions"
  | "httpAuthSchemeProvider"
  | "httpAuthSchemes"
  | "requestChecksumCalculation"
>;

/** Returns the settings of {@link s3Client} that do not depend on S3. */
export function clientSettings(
  options: ClientOptions,
  socketTimeout: number,
  attempts: number,
): ClientSettings {
  const { accessKeyId, secretAccessKey, sessionToken } = options.credentials;
  return {
    region: options.region,
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    credentials: {
      accessKeyId,
      secretAccessKey: secretAccessKey.reveal(),
      ...(sessionToken === undefined ? {} : { sessionToken: sessionToken.reveal() }),
    },
    requestHandler: new Transport({
      connect: options.timeouts?.connect ?? 20_000,
      idle: socketTimeout,
      proxies: options.proxies ?? (() => undefined),
      pacer: options.pacer,
    }),
    // Otherwise the SDK takes an endpoint from AWS_ENDPOINT_URL or ~/.aws/config if none is set here.
    ignoreConfiguredEndpointUrls: true,
    maxAttempts: attempts,
    retryMode: "standard",
    defaultsMode: "standard",
    // The correction would report a wrong clock only once. The clock dates snapshots, so it must be reported each time.
    disableClockSkewCorrection: true,
    authSchemePreference: ["aws.auth#sigv4"],
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    userAgentAppId: () => Promise.resolve(undefined),
    defaultUserAgentProvider: () => Promise.resolve([["nightdrop"]]),
  };
}
