// The peer of the edge benchmark: the product design's Express handlers for a playback session, the manifest and watch
// progress, tuned as their author would for production: one process per core, pooled and prepared statements, sessions
// and caches in Valkey over one pipelined connection, no ETag hashing, no `x-powered-by`.
import cluster from 'node:cluster';
import { availableParallelism } from 'node:os';

import { RedisStore } from 'connect-redis';
import express from 'express';
import session from 'express-session';
import { Redis } from 'ioredis';
import jwt from 'jsonwebtoken';
import pg from 'pg';
import { z } from 'zod';

const port = Number(process.env.PORT);
const workers = Number(process.env.WORKERS ?? availableParallelism());
const secret = process.env.SECRET;

function serve() {
  const db = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
  const valkey = new Redis(process.env.VALKEY_URL, { enableAutoPipelining: true });
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(session({ store: new RedisStore({ client: nodeRedisShape(valkey), disableTouch: true }), secret, resave: false, saveUninitialized: false }));
  app.use(express.json({ limit: '64kb' }));

  app.post('/api/auth/login', (req, res) => {
    req.session.userId = '0190a000-0000-7000-8000-0000000000aa';
    req.session.profileId = req.body.profileId;
    res.json({ success: true });
  });
  app.post('/api/stream/:contentId/session', requireProfile, playbackSession(db));
  app.get('/api/stream/:contentId/master.m3u8', requireProfile, multivariantPlaylist(db, valkey));
  app.post('/api/watch/progress', requireProfile, progress(db, valkey));
  app.listen(port, '127.0.0.1');
}

function requireProfile(req, res, next) {
  if (!req.session.profileId) return res.status(401).json({ error: 'Sign in first' });
  next();
}

// connect-redis speaks node-redis's call shape; the design's client is ioredis.
function nodeRedisShape(client) {
  return {
    get: (key) => client.get(key),
    set: (key, value, options) => client.set(key, value, 'EX', options?.expiration?.value ?? options?.EX ?? 604800),
    expire: (key, seconds) => client.expire(key, seconds),
    del: (keys) => client.del(keys),
  };
}

const playbackSession = (db) => async (req, res) => {
  const { contentId } = req.params;
  const { profileId, userId } = req.session;
  const content = await db.query({ name: 'content', text: 'SELECT id, duration, status, content_type FROM content WHERE id = $1', values: [contentId] });
  if (content.rows.length === 0) return res.status(404).json({ error: 'Content not found' });
  if (content.rows[0].status !== 'ready') return res.status(400).json({ error: 'Content not available' });
  const variants = await db.query(variantsOf(contentId));
  const saved = await db.query({ name: 'position', text: 'SELECT position FROM watch_progress WHERE profile_id = $1 AND content_id = $2', values: [profileId, contentId] });
  const playbackToken = jwt.sign({ contentId, userId, profileId }, secret, { expiresIn: '24h' });
  res.json({
    manifestUrl: `/api/stream/${contentId}/master.m3u8`,
    playbackToken,
    licenseUrl: '/api/drm/license',
    qualities: variants.rows.map((v) => ({ height: v.resolution, bitrate: v.bitrate, codec: v.codec, hdr: v.hdr })),
    resumePosition: saved.rows[0]?.position || 0,
  });
};

const variantsOf = (contentId) => ({
  name: 'variants',
  text: 'SELECT resolution, codec, hdr, bitrate FROM encoded_variants WHERE content_id = $1 ORDER BY resolution DESC, bitrate DESC',
  values: [contentId],
});

const multivariantPlaylist = (db, valkey) => async (req, res) => {
  const { contentId } = req.params;
  const cacheKey = `manifest:${contentId}:master`;
  const cached = await valkey.get(cacheKey);
  if (cached) return res.set('Content-Type', 'application/vnd.apple.mpegurl').send(cached);
  const variants = await db.query(variantsOf(contentId));
  const audio = await db.query({ name: 'audio', text: 'SELECT language, name, codec FROM audio_tracks WHERE content_id = $1', values: [contentId] });
  let manifest = '#EXTM3U\n#EXT-X-VERSION:6\n\n';
  for (const track of audio.rows) {
    manifest += `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",LANGUAGE="${track.language}",NAME="${track.name}",URI="audio/${track.language}.m3u8"\n`;
  }
  for (const v of variants.rows) {
    const size = `${Math.round(v.resolution * (16 / 9))}x${v.resolution}`;
    manifest += `#EXT-X-STREAM-INF:BANDWIDTH=${v.bitrate * 1000},RESOLUTION=${size},CODECS="avc1.640029,mp4a.40.2",AUDIO="audio"\n${v.resolution}_${v.bitrate}.m3u8\n`;
  }
  await valkey.setex(cacheKey, 3600, manifest);
  res.set('Content-Type', 'application/vnd.apple.mpegurl').send(manifest);
};

const progressSchema = z.object({
  contentId: z.uuid(),
  position: z.number().int().min(0),
  duration: z.number().int().min(0),
  clientTimestamp: z.number().int(),
});

const progress = (db, valkey) => async (req, res) => {
  const { profileId } = req.session;
  const validation = progressSchema.safeParse(req.body);
  if (!validation.success) return res.status(400).json({ error: 'Invalid request', details: validation.error.issues });
  const { contentId, position, duration, clientTimestamp } = validation.data;
  const result = await db.query({
    name: 'progress',
    text: `INSERT INTO watch_progress (profile_id, content_id, position, duration, client_timestamp, completed, updated_at)
      VALUES ($1, $2, $3, $4, $5, $6, NOW())
      ON CONFLICT (profile_id, content_id) DO UPDATE SET
        position = CASE WHEN watch_progress.client_timestamp < EXCLUDED.client_timestamp THEN EXCLUDED.position ELSE watch_progress.position END,
        duration = EXCLUDED.duration,
        client_timestamp = GREATEST(watch_progress.client_timestamp, EXCLUDED.client_timestamp),
        completed = CASE WHEN watch_progress.client_timestamp < EXCLUDED.client_timestamp AND EXCLUDED.position::float / EXCLUDED.duration > 0.9
          THEN true ELSE watch_progress.completed END,
        updated_at = NOW()
      RETURNING position, (watch_progress.client_timestamp < $5) AS was_updated`,
    values: [profileId, contentId, position, duration, clientTimestamp, position / duration > 0.9],
  });
  await valkey.del(`continue:${profileId}`);
  res.json({ success: true, wasUpdated: result.rows[0]?.was_updated ?? true, serverTimestamp: Date.now() });
};

// Last, as the handlers above are constants.
if (cluster.isPrimary) {
  for (let index = 0; index < workers; index += 1) cluster.fork();
  let listening = 0;
  cluster.on('listening', () => { listening += 1; if (listening === workers) console.log('ready'); });
  process.on('SIGTERM', () => process.exit(0));
} else {
  serve();
}
