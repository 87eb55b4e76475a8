/** Answers of IAM: "IAM API Reference". */

/** Returns the answer to an action. */
export function iamAnswer(action: string, result: string): Response {
  const open = `<${action}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/">`;
  return new Response(`${open}<${action}Result>${result}</${action}Result></${action}Response>`);
}

/** Returns an error. */
export function iamFailure(status: number, code: string): Response {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${code}</Message></Error>`;
  return new Response(`<ErrorResponse>${error}<RequestId>1</RequestId></ErrorResponse>`, { status });
}
