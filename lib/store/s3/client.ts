import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import type { S3Options } from "./options.ts";
import { Transport } from "./transport.ts";

/**
 * A client that takes nothing from its surroundings: what is not set here the SDK would look for in the
 * environment and in `~/.aws`, and ask for permission to.
 *
 * @param socketTimeout Milliseconds without a byte on a connection; 0 for no limit.
 * @param attempts How often it makes a request. For writers and readers `retry.ts` repeats it.
 */
export function s3Client(options: ClientOptions, socketTimeout: number, attempts = 1): S3Client {
  return new S3Client({
    ...clientSettings(options, socketTimeout, attempts),
    forcePathStyle: options.endpoint !== undefined,
    // The digests that matter are set with each object.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    // The SDK opens a connection for each request that expects 100-continue. Deno hands over an answer that
    // comes before the body has been sent, so there is no need to ask first.
    expectContinueHeader: false,
    disableS3ExpressSessionAuth: true,
    useArnRegion: false,
    sigv4aSigningRegionSet: [],
  });
}

/** A server, and who asks it. */
export type ClientOptions = Pick<
  S3Options,
  "region" | "endpoint" | "credentials" | "timeouts" | "pacer" | "proxies"
>;

/** What the clients of all services of the SDK have in common. */
type ClientSettings = Omit<
  S3ClientConfig,
  | "endpointProvider"
  | "extensions"
  | "httpAuthSchemeProvider"
  | "httpAuthSchemes"
  | "requestChecksumCalculation"
>;

/** The part of {@link s3Client}'s settings that has nothing to do with S3. */
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
    // Without an endpoint of ours it would take one from AWS_ENDPOINT_URL or ~/.aws/config.
    ignoreConfiguredEndpointUrls: true,
    maxAttempts: attempts,
    retryMode: "standard",
    defaultsMode: "standard",
    // With it a wrong clock would be an error once and then pass; it dates snapshots, so it is an error each time.
    disableClockSkewCorrection: true,
    authSchemePreference: ["aws.auth#sigv4"],
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    userAgentAppId: () => Promise.resolve(undefined),
    defaultUserAgentProvider: () => Promise.resolve([["nightdrop"]]),
  };
}
