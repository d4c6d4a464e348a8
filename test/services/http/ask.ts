/** Asks a local server as the product does, and gives what came of it. */
import { expect } from 'vitest';
import { StepFailure } from '../../../src/kernel/failure.ts';
import { type HttpRequest, type HttpResponse, httpRequest } from '../../../src/services/http/http-request.ts';

export type Question = Partial<HttpRequest> & { url: string };

/** Private addresses are allowed unless the test says otherwise. */
export const ask = (question: Question): Promise<HttpResponse> =>
  httpRequest({
    signal: AbortSignal.timeout(20_000),
    maxBytes: 10 * 1024 * 1024,
    allowPrivateNetwork: true,
    ...question,
  });

export async function textOf(question: Question): Promise<string> {
  return (await (await ask(question)).bytes()).toString('utf8');
}

/** The failure of the request, or of reading its body. */
export async function failureOf(question: Question): Promise<StepFailure> {
  const error = await ask(question)
    .then((response) => response.bytes())
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
  expect(error).toBeInstanceOf(StepFailure);
  return error as StepFailure;
}
