// A loader for hls.js that answers a 401 by renewing the playback token and asking once more, before hls.js
// hears of it. Without it an expired token would look like a broken rendition and be penalised as one.
import Hls, { type HlsConfig, type Loader, type LoaderCallbacks, type LoaderConfiguration, type LoaderContext } from 'hls.js';

type LoaderClass = HlsConfig['loader'];

/** Resolves to true when there is a new token, and so a reason to ask again. */
export type Renew = () => Promise<boolean>;

export function renewingLoader(renew: Renew): LoaderClass {
  return class RenewingLoader implements Loader<LoaderContext> {
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

    load(context: LoaderContext, config: LoaderConfiguration, callbacks: LoaderCallbacks<LoaderContext>): void {
      this.context = context;
      this.#inner.load(context, config, {
        ...callbacks,
        onError: (error, failed, details, stats) => {
          if (error.code !== 401) return callbacks.onError(error, failed, details, stats);
          void renew().then((renewed) => {
            if (this.#over) return;
            if (!renewed) return callbacks.onError(error, failed, details, stats);
            this.#inner.destroy();
            this.#inner = new Hls.DefaultConfig.loader(this.#config);
            this.#inner.load(context, config, callbacks);
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
