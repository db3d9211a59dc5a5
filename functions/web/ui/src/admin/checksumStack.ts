// Every chunk of a master carries its SHA-256 (the tus checksum extension), so that a damaged byte is sent
// again at once and not found after the encode.
import { DefaultHttpStack, type HttpRequest, type HttpStack } from 'tus-js-client';

export class ChecksumStack implements HttpStack {
  private readonly plain = new DefaultHttpStack({});

  getName(): string {
    return 'ChecksumStack';
  }

  createRequest(method: string, url: string): HttpRequest {
    const request = this.plain.createRequest(method, url);
    if (method !== 'PATCH') return request;
    const send = request.send.bind(request);
    const abort = request.abort.bind(request);
    let aborted = false;
    request.abort = () => {
      aborted = true;
      return abort();
    };
    request.send = async (body: unknown) => {
      if (body instanceof Blob) {
        const checksum = await sha256Base64(body);
        // Paused while hashing: an aborted request never answers.
        if (aborted) return new Promise(() => undefined);
        if (checksum !== null) request.setHeader('Upload-Checksum', `sha256 ${checksum}`);
      }
      return send(body);
    };
    return request;
  }
}

/** Null where the page is not a secure context and the browser offers no digest. */
export async function sha256Base64(body: Blob): Promise<string | null> {
  if (!('subtle' in crypto)) return null;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await body.arrayBuffer()));
  return btoa(String.fromCharCode(...digest));
}
