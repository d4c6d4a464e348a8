/** Names and passwords for remotes: handed to git by its environment, so that neither a URL, a file nor a list of processes shows them. */

export interface Credential {
  /** `https://host[:port]` the header is sent to, and nowhere else. */
  origin: string;
  username: string;
  password: string;
}

export interface Remote {
  /** Without name and password. */
  url: string;
  credential?: Credential;
}

const ANYBODY = 'x-access-token';

/** @param token used unless the URL has a password of its own. */
export function remoteOf(written: string, token: string | undefined): Remote {
  const url = httpUrl(written);
  if (url === undefined) return { url: written };
  const [username, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  const secret = password === '' ? (token ?? '') : password;
  url.username = '';
  url.password = '';
  if (secret === '') return { url: username === '' ? written : url.href };
  return {
    url: url.href,
    credential: { origin: url.origin, username: username === '' ? ANYBODY : username, password: secret },
  };
}

function httpUrl(text: string): URL | undefined {
  if (!/^https?:\/\//i.test(text)) return undefined;
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

/** Variables that make git send it: added to what the environment says already. */
export function credentialConfig(
  env: Readonly<Record<string, string>>,
  credential: Credential | undefined,
): Record<string, string> {
  if (credential === undefined) return {};
  const { origin, username, password } = credential;
  const count = Number(env.GIT_CONFIG_COUNT ?? 0);
  const basic = Buffer.from(`${username}:${password}`).toString('base64');
  return {
    GIT_CONFIG_COUNT: String(count + 2),
    [`GIT_CONFIG_KEY_${count}`]: `http.${origin}/.extraHeader`,
    [`GIT_CONFIG_VALUE_${count}`]: `Authorization: Basic ${basic}`,
    // What was given is used, not what somebody stored.
    [`GIT_CONFIG_KEY_${count + 1}`]: 'credential.helper',
    [`GIT_CONFIG_VALUE_${count + 1}`]: '',
  };
}

/** A message of git as it may be shown. */
export function withoutCredentials(text: string, credential: Credential | undefined): string {
  const shown = text.replaceAll(/(\bhttps?:\/\/)[^\s/@]+@/gi, '$1***@');
  if (credential === undefined) return shown;
  const { username, password } = credential;
  const basic = Buffer.from(`${username}:${password}`).toString('base64');
  return [password, encodeURIComponent(password), basic].reduce(
    (told, secret) => told.replaceAll(secret, '***'),
    shown,
  );
}
