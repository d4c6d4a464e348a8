/** The URL of a request as its author wrote it: whole, of http or https, and without credentials. */
import { StepFailure } from '../../kernel/failure.ts';
import { shownUrl } from './shown-url.ts';

/** Without its fragment. @throws {StepFailure} INVALID_URL; its message names no credentials. */
export function targetUrl(written: string | URL): URL {
  const invalid = (why: string): StepFailure =>
    new StepFailure('INVALID_URL', `"${shownUrl(written)}" ${why}`);
  if (typeof written === 'string' && !URL.canParse(written))
    throw invalid('is no URL; write all of it, such as https://example.com/path');
  const url = new URL(written);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw invalid(`is of ${url.protocol.slice(0, -1)}; only http and https are possible`);
  if (url.username !== '' || url.password !== '')
    throw invalid(
      'had a user name or password before its host; write them as "auth: { basic: { username, password } }"',
    );
  url.hash = '';
  return url;
}
