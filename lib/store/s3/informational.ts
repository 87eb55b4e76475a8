import type { Agent, ClientRequest } from "node:http";
import { AnswerTooLarge } from "./answer_limit.ts";

/** Maximum number of informational answers (status 1xx) to a request. Servers send one at most. */
const MAX_INFORMATIONAL = 100;

/** Agent with the method that `http.request` calls, which the types of Node do not have. */
interface Called {
  addRequest(request: ClientRequest, options: unknown): void;
}

/**
 * Returns the agent, which now ends a request to a server that sends informational answers without end (section 15.2 of RFC 9110).
 * Deno 2.9.6 takes them as fast as they come: 500 MB in some seconds, in which Ctrl-C has to wait.
 */
export function limitInformational<A extends Agent>(agent: A): A {
  const called = agent as unknown as Called;
  const add = called.addRequest.bind(agent);
  called.addRequest = (request, options): void => {
    let count = 0;
    const take = (): void => {
      count += 1;
      if (count > MAX_INFORMATIONAL) request.destroy(new AnswerTooLarge("There are too many answers"));
    };
    request.on("continue", take).on("information", take);
    add(request, options);
  };
  return agent;
}
