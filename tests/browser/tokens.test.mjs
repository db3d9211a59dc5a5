// Who may not watch: every way to come without the right, at every door that a film has.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { playableFilm } from './films.mjs';
import { claimsOf, Client, giveBack, PLAYBACK_KEYS, resign, signedIn } from './stack.mjs';

const ELSEWHERE = '00000000-0000-7000-8000-000000000000';

let film;
let viewer;
let session;
let media;
before(async () => {
  film = await playableFilm();
  viewer = await signedIn();
  session = await viewer.post(`/api/stream/${film.id}/session`, {});
  const bearer = new Client(session.playbackToken);
  const manifest = await (await bearer.fetch(session.manifestUrl)).text();
  const rendition = manifest.split('\n').find((line) => /^[^#].*\.m3u8/.test(line));
  const playlist = await (await bearer.fetch(new URL(rendition, `http://x${session.manifestUrl}`).pathname)).text();
  media = playlist.split('\n').find((line) => line.startsWith('/media/'));
});

after(() => session && giveBack(session.playbackToken));

/** The doors, and what each answers to `token` (null: none). */
async function knock(token, headers = {}) {
  const client = new Client(token);
  const kids = [Buffer.alloc(16, 7).toString('base64url')];
  const answers = {
    manifest: await client.fetch(session.manifestUrl, { headers }),
    media: await client.fetch(media, { headers: { ...headers, range: 'bytes=0-99' } }),
    licence: await client.fetch(session.licenseUrl, { method: 'POST', body: { kids, type: 'temporary' }, headers }),
    renewal: await client.fetch('/api/stream/session/renew', { method: 'POST', headers }),
  };
  const read = async ([door, response]) => [door, [response.status, response.ok ? null : (await response.json()).code]];
  return Object.fromEntries(await Promise.all(Object.entries(answers).map(read)));
}

async function refusedEverywhere(token, status, code, doors = ['manifest', 'media', 'licence', 'renewal'], headers = {}) {
  const answers = await knock(token, headers);
  for (const door of doors) assert.deepEqual([door, ...answers[door]], [door, status, code]);
}

describe('a film is refused', () => {
  test('without a token', () => refusedEverywhere(null, 401, 'token_missing'));
  test('with something that is no token', () => refusedEverywhere('nonsense', 401, 'token_malformed'));
  test('with the login session’s token instead', async () => {
    const answers = await knock(viewer.token);
    for (const [door, [status, code]] of Object.entries(answers)) assert.ok(status === 401 && code.startsWith('token_'), `${door}: ${status} ${code}`);
  });
  test('with a changed token', () => {
    const [header, claims, signature] = session.playbackToken.split('.');
    const changed = Buffer.from(JSON.stringify({ ...claimsOf(session.playbackToken), tier: 'uhd', exp: claimsOf(session.playbackToken).exp + 60 })).toString('base64url');
    assert.notEqual(changed, claims);
    return refusedEverywhere(`${header}.${changed}.${signature}`, 401, 'token_signature');
  });
  test('with an unsigned token', () => {
    const header = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url');
    return refusedEverywhere(`${header}.${session.playbackToken.split('.')[1]}.`, 401, 'token_algorithm');
  });
});

describe('with the stack’s own key, a film is refused', { skip: PLAYBACK_KEYS ? false : 'MARQUEE_PLAYBACK_KEYS is not set' }, () => {
  const now = () => Math.floor(Date.now() / 1000);
  test('with an expired token', () => refusedEverywhere(resign(session.playbackToken, { iat: now() - 700, nbf: now() - 700, exp: now() - 60 }), 401, 'token_expired'));
  test('with one that is not valid yet', () => refusedEverywhere(resign(session.playbackToken, { iat: now() + 300, nbf: now() + 300, exp: now() + 900 }), 401, 'token_not_yet_valid'));
  test('with another audience’s token', () => refusedEverywhere(resign(session.playbackToken, { aud: 'edge' }), 401, 'token_audience'));
  test('with another title’s token', () => refusedEverywhere(resign(session.playbackToken, { cid: ELSEWHERE }), 403, 'token_wrong_content', ['manifest', 'media']));
  test('with another version’s token, for its media', () => refusedEverywhere(resign(session.playbackToken, { ver: 999 }), 403, 'token_wrong_version', ['media']));
});

describe('a profile’s permission', () => {
  test('does not open the film for another profile', async (t) => {
    const other = viewer.profiles.find(({ id, hasPin }) => id !== viewer.profile.id && !hasPin);
    if (!other) return t.skip('the account has one profile');
    const { token } = await new Client(viewer.accessToken).post(`/api/profiles/${other.id}/select`, {});
    return refusedEverywhere(session.playbackToken, 403, 'wrong_profile', ['manifest', 'media', 'licence', 'renewal'], { cookie: `marquee_session=${token}` });
  });

  test('does not license keys that are not the film’s', async () => {
    const [status, code] = (await knock(session.playbackToken)).licence;
    assert.equal(status, 403, code);
  });

  test('opens the film at every other door', async () => {
    const { manifest, media: bytes, renewal } = await knock(session.playbackToken);
    assert.deepEqual([manifest[0], bytes[0], renewal[0]], [200, 206, 200]);
  });
});
