/** What went wrong between here and a server, said so that its reader knows where to look. */
import { StepFailure } from '../../kernel/failure.ts';
import { printable } from './shown-url.ts';

export interface Hop {
  method: string;
  url: URL;
  /** The URL as it may be shown. */
  shown: string;
}

/** Meanings of the system's codes, to follow "cannot reach …: ". */
const MEANINGS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (connection refused)',
  ECONNRESET: 'the connection was cut before the whole answer was there',
  EPIPE: 'the server closed the connection while the request was being sent',
  ECONNABORTED: 'the connection was cut',
  ETIMEDOUT: 'it does not answer (connection timed out)',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  EHOSTDOWN: 'the host is down',
  ENETDOWN: 'the network is down',
  EADDRNOTAVAIL: 'this machine has no address, or no free port, to connect from',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
};

const DNS_MEANINGS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such name',
  ENODATA: 'the name has no address',
  EAI_AGAIN: 'the name server did not answer',
  EAI_FAIL: 'the name server failed',
  EAI_NODATA: 'the name has no address',
  EAI_NONAME: 'there is no such name',
};

const TLS_MEANINGS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate was signed by an authority this machine does not know',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate was signed by an authority this machine does not know',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate was signed by an authority this machine does not know',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate was signed by an authority this machine does not know',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet; is the clock of this machine right?',
  CERT_REVOKED: 'its certificate was revoked',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
};

const UNKNOWN_AUTHORITY = /SELF_SIGNED|UNABLE_TO/;
const NO_TLS = /wrong version number|packet length too long|http request/;
const TLS_CODE = /^(ERR_TLS_|ERR_SSL_|EPROTO$)/;

/**
 * @returns the failure to throw: DNS and NETWORK are retryable, TLS and BAD_RESPONSE (what came is not HTTP) are not. A
 *   StepFailure is returned as it is.
 */
export function networkFailure(error: unknown, hop: Hop): StepFailure {
  if (error instanceof StepFailure) return error;
  const code = codeOf(error);
  const where = `${hop.method} ${hop.shown}`;
  const details = { url: hop.shown, cause: code };
  const options = { cause: error, details };
  if (code in DNS_MEANINGS || syscallOf(error) === 'getaddrinfo')
    return new StepFailure(
      'DNS',
      `${where}: cannot find ${hop.url.hostname}: ${DNS_MEANINGS[code] ?? code}`,
      {
        ...options,
        retryable: true,
      },
    );
  if (code in TLS_MEANINGS || TLS_CODE.test(code))
    return new StepFailure('TLS', `${where}: no secure connection: ${tlsMeaning(code, error)}`, options);
  if (code.startsWith('HPE_'))
    return new StepFailure(
      'BAD_RESPONSE',
      `${where}: the answer is not HTTP: ${badResponse(code, error)}`,
      options,
    );
  const meaning = MEANINGS[code] ?? (printable(messageOf(error)) || code);
  return new StepFailure('NETWORK', `${where}: ${meaning}`, { ...options, retryable: true });
}

function tlsMeaning(code: string, error: unknown): string {
  const message = printable(messageOf(error));
  const known =
    TLS_MEANINGS[code] ??
    (NO_TLS.test(message) ? 'the server does not speak TLS there; is it "http://"?' : message);
  const hint = UNKNOWN_AUTHORITY.test(code)
    ? '; to trust an authority of your own, set NODE_EXTRA_CA_CERTS to its certificate'
    : '';
  return `${known} (${code})${hint}`;
}

function badResponse(code: string, error: unknown): string {
  if (code === 'HPE_HEADER_OVERFLOW') return 'its headers are larger than 16 KiB';
  if (code === 'HPE_INVALID_CONSTANT') return 'it begins with something else; is it "https://"?';
  return `${printable(messageOf(error))} (${code})`;
}

/** When several addresses were tried, the error of the first is the telling one. */
export function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

const syscallOf = (error: unknown): string =>
  error instanceof Error && 'syscall' in error ? String(error.syscall) : '';

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
