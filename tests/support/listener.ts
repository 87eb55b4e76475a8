/** A server on loopback that keeps what it is sent: what a service for pings or webhooks is to nightdrop. */
export interface Listener {
  readonly url: string;
  /** `POST /path?query body`, in the order of their coming. */
  readonly heard: string[];
}

/** Runs `body` with a listener. `answer` is what it says; 200 where that is left out. */
export async function withListener<T>(
  body: (listener: Listener) => Promise<T>,
  answer: (request: Request) => Response | Promise<Response> = () => new Response("OK"),
): Promise<T> {
  const heard: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const { pathname, search } = new URL(request.url);
    heard.push(`${request.method} ${pathname}${search} ${await request.clone().text()}`);
    return await answer(request);
  });
  try {
    return await body({ url: `http://127.0.0.1:${server.addr.port}`, heard });
  } finally {
    await server.shutdown();
  }
}
