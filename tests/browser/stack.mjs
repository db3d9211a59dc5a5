// The running stack under test: where it is, who signs in, and its API as a program uses it (Bearer, no cookies).
import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const BASE = (process.env.MARQUEE_URL ?? 'http://127.0.0.1:3000').replace(/\/$/, '');
export const USERNAME = process.env.MARQUEE_USERNAME ?? 'admin';
export const PASSWORD = process.env.MARQUEE_PASSWORD ?? 'marquee';

/** A command prefix that stops and starts parts of the stack (`… stop origin`). Tests that need it skip without it. */
export const CONTROL = process.env.MARQUEE_CTL;

/** The stack's folder, for commands of origin (`tests/stack/origin.sh`). Tests that need it skip without it. */
export const STATE = process.env.MARQUEE_STATE;

/** Playback keys as the edge reads them (`kid:hex[,kid:hex]`), to make the tokens that time makes. */
export const PLAYBACK_KEYS = process.env.MARQUEE_PLAYBACK_KEYS;

export async function control(command) {
  await run('sh', ['-c', `${CONTROL} ${command}`], { timeout: 60_000 });
}

/** An API client signed in as the stack's admin, with the first profile that needs no PIN. */
export async function signedIn() {
  const { accessToken, profiles } = await new Client(null).post('/api/auth/login', { username: USERNAME, password: PASSWORD, delivery: 'bearer' });
  const profile = profiles.find(({ hasPin, isKids }) => !hasPin && !isKids) ?? profiles[0];
  const { token } = await new Client(accessToken).post(`/api/profiles/${profile.id}/select`, {});
  return Object.assign(new Client(token), { profile, profiles, accessToken });
}

export class Client {
  constructor(token) {
    this.token = token;
  }

  fetch(path, { method = 'GET', body, headers = {} } = {}) {
    return fetch(BASE + path, {
      method,
      redirect: 'manual',
      signal: AbortSignal.timeout(30_000),
      headers: { ...(this.token && { authorization: `Bearer ${this.token}` }), ...(isPlain(body) && { 'content-type': 'application/json' }), ...headers },
      body: isPlain(body) ? JSON.stringify(body) : body,
    });
  }

  async get(path) {
    return answer(path, await this.fetch(path));
  }

  async post(path, body) {
    return answer(path, await this.fetch(path, { method: 'POST', body }));
  }
}

async function answer(path, response) {
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text.slice(0, 500)}`);
  return text === '' ? null : JSON.parse(text);
}

function isPlain(body) {
  return typeof body === 'object' && body !== null && !(body instanceof Uint8Array);
}

/** Asks until `question` answers something other than null or false. The limit is for a stack that hangs. */
export async function until(what, question, limitMs = 30_000) {
  const deadline = Date.now() + limitMs;
  let last = null;
  while (Date.now() < deadline) {
    try {
      const found = await question();
      if (found !== null && found !== false && found !== undefined) return found;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`${what}: not within ${limitMs / 1000} s`, { cause: last });
}

/** Frees the stream that this playback token stands for. */
export async function giveBack(playbackToken) {
  await new Client(playbackToken).fetch('/api/stream/session', { method: 'DELETE' });
}

export function claimsOf(token) {
  return JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());
}

/** A playback token with other claims, signed with the stack's own key. */
export function resign(token, change) {
  const [kid, hex] = PLAYBACK_KEYS.split(',')[0].split(':');
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const unsigned = `${encode({ alg: 'HS256', typ: 'JWT', kid })}.${encode({ ...claimsOf(token), ...change })}`;
  return `${unsigned}.${createHmac('sha256', Buffer.from(hex, 'hex')).update(unsigned).digest('base64url')}`;
}
