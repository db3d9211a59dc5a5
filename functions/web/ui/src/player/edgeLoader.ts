// A loader for hls.js that mends two things before hls.js hears of them, as it would take both for a broken rendition:
// a 401 (the token is renewed, the request repeated), and a body that is shorter than the range that was asked for.
// The latter is Chromium's doing: when its cache holds a part of a file, a 206 can end where that part begins, without
// an error (crbug.com/390229583); the bytes after it would be missing in the middle of a segment.
import Hls, { type HlsConfig, type Loader, type LoaderCallbacks, type LoaderConfiguration, type LoaderContext } from 'hls.js';

type LoaderClass = HlsConfig['loader'];
type Callbacks = LoaderCallbacks<LoaderContext>;

/** Resolves to true when there is a new token, and so a reason to ask again. */
export type Renew = () => Promise<boolean>;

/** Makes Chromium ask the server for all of it (RFC 9111 §5.2.1.4). */
const PAST_THE_CACHE = { 'cache-control': 'no-cache' };

export function edgeLoader(renew: Renew): LoaderClass {
  return class EdgeLoader implements Loader<LoaderContext> {
    readonly #config: HlsConfig;
    #inner: Loader<LoaderContext>;
    #over = false;
    context: LoaderContext | null = null;

    constructor(config: HlsConfig) {
      this.#config = config;
      this.#inner = new Hls.DefaultConfig.loader(config);
    }

    get stats() {
      return this.#inner.stats;
    }

    load(context: LoaderContext, config: LoaderConfiguration, callbacks: Callbacks): void {
      this.context = context;
      const again = (headers: Record<string, string>) => {
        this.#inner.destroy();
        this.#inner = new Hls.DefaultConfig.loader(this.#config);
        this.#inner.load({ ...context, headers: { ...context.headers, ...headers } }, config, wholeOrError(callbacks));
      };
      this.#inner.load(context, config, {
        ...callbacks,
        onSuccess: (response, stats, asked, details) => {
          if (isWhole(response.data, context)) return callbacks.onSuccess(response, stats, asked, details);
          again(PAST_THE_CACHE);
        },
        onError: (error, failed, details, stats) => {
          if (error.code !== 401) return callbacks.onError(error, failed, details, stats);
          void renew().then((renewed) => {
            if (this.#over) return;
            if (!renewed) return callbacks.onError(error, failed, details, stats);
            again({});
          });
        },
      });
    }

    abort(): void {
      this.#over = true;
      this.#inner.abort();
    }

    destroy(): void {
      this.#over = true;
      this.#inner.destroy();
    }

    getCacheAge(): number | null {
      return this.#inner.getCacheAge?.() ?? null;
    }

    getResponseHeader(name: string): string | null {
      return this.#inner.getResponseHeader?.(name) ?? null;
    }
  };
}

/** A second short body is a failed request, which hls.js repeats after a while. */
function wholeOrError(callbacks: Callbacks): Callbacks {
  return {
    ...callbacks,
    onSuccess: (response, stats, asked, details) => {
      if (isWhole(response.data, asked)) return callbacks.onSuccess(response, stats, asked, details);
      callbacks.onError({ code: 0, text: 'the body is shorter than the range' }, asked, details, stats);
    },
  };
}

/** Whether a body is as long as its range. Without a range there is nothing to compare it with. */
function isWhole(data: unknown, { rangeStart, rangeEnd }: Pick<LoaderContext, 'rangeStart' | 'rangeEnd'>): boolean {
  if (!(data instanceof ArrayBuffer) || !rangeEnd) return true;
  return data.byteLength === rangeEnd - (rangeStart ?? 0);
}
