// tus-js-client against origin, as `node client.mjs <scenario>`. Settings come from the environment: ORIGIN_ADDRESS
// (host:port), SERVICE_TOKEN, SESSION_TOKEN. The last line of standard output is what happened, as JSON.
import { createHash } from 'node:crypto';
import net from 'node:net';
import { Upload } from 'tus-js-client';

const { ORIGIN_ADDRESS, SERVICE_TOKEN, SESSION_TOKEN } = process.env;
const MIB = 1 << 20;
const master = Buffer.from(Uint8Array.from({ length: 8 * MIB }, (_, index) => (index * 31) % 251));
const sha256 = createHash('sha256').update(master).digest('hex');
const seen = { offsets: [], statuses: [], contentId: null, jobId: null, sha256 };

function upload(address, options) {
  return new Promise((resolve, reject) => {
    const client = new Upload(master, {
      endpoint: `http://${address}/api/admin/uploads`,
      headers: { 'X-Service-Authorization': `Bearer ${SERVICE_TOKEN}`, Authorization: `Bearer ${SESSION_TOKEN}` },
      metadata: { title: 'Sintel', filename: 'sintel.mov', sha256 },
      retryDelays: [0, 20, 50, 100, 200, 500, 1000],
      onAfterResponse: (request, response) => {
        seen.statuses.push(`${request.getMethod()} ${response.getStatus()}`);
        if (request.getMethod() === 'HEAD') seen.offsets.push(Number(response.getHeader('Upload-Offset')));
        seen.contentId ??= response.getHeader('Marquee-Content-Id') ?? null;
        seen.jobId ??= response.getHeader('Marquee-Job-Id') ?? null;
      },
      onError: reject,
      onSuccess: () => resolve(client),
      ...options(() => client),
    });
    client.start();
  });
}

// Forwards connections; destroys the first one that has carried `limit` bytes to origin.
function brittleLine(limit) {
  const [host, port] = ORIGIN_ADDRESS.split(':');
  let broken = false;
  const server = net.createServer((near) => {
    const far = net.connect(Number(port), host);
    let carried = 0;
    near.on('data', (chunk) => {
      carried += chunk.length;
      if (!broken && carried > limit) {
        broken = true;
        near.destroy();
        far.end();
        return;
      }
      if (!far.write(chunk)) {
        near.pause();
        far.once('drain', () => near.resume());
      }
    });
    far.pipe(near);
    near.on('close', () => far.end());
    for (const socket of [near, far]) socket.on('error', () => {});
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

const scenarios = {
  // The socket dies in the middle of the only PATCH; the client asks how far it got and goes on from there.
  async interrupted() {
    const line = await brittleLine(5 * MIB);
    await upload(`127.0.0.1:${line.address().port}`, () => ({}));
    line.close();
  },

  // The second chunk carries another chunk's checksum: refused, and only that chunk has to be sent again.
  async checksum() {
    const chunkSize = 2 * MIB;
    let url;
    const checksummed = (spoil) => (client) => ({
      chunkSize,
      uploadUrl: url,
      onBeforeRequest: (request) => {
        if (request.getMethod() !== 'PATCH') return;
        const offset = Number(request.getHeader('Upload-Offset'));
        const from = spoil && offset > 0 ? 0 : offset;
        const digest = createHash('sha1').update(master.subarray(from, from + chunkSize));
        request.setHeader('Upload-Checksum', `sha1 ${digest.digest('base64')}`);
        url = client().url;
      },
    });
    seen.refused = await upload(ORIGIN_ADDRESS, checksummed(true)).then(
      () => null,
      (error) => error.originalResponse.getStatus(),
    );
    await upload(ORIGIN_ADDRESS, checksummed(false));
  },

  // Given up half-way, with termination: nothing is left.
  async terminated() {
    await new Promise((resolve, reject) => {
      upload(ORIGIN_ADDRESS, (client) => ({
        chunkSize: 2 * MIB,
        onChunkComplete: () => client().abort(true).then(resolve, reject),
      })).catch(reject);
    });
  },
};

await scenarios[process.argv[2]]();
console.log(JSON.stringify(seen));
process.exit(0);
