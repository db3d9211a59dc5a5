// The interface font is named only inside the stylesheet, so the browser would find it one round trip late.
// This adds a preload for the Latin file, under its hashed name, to the page's head.
import type { Plugin } from 'vite';

const LATIN_FONT = /archivo-latin-wdth-normal.*\.woff2$/;

export function preloadFont(): Plugin {
  return {
    name: 'marquee:preload-font',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler: (_html, { bundle }) => {
        const font = Object.keys(bundle ?? {}).find((file) => LATIN_FONT.test(file));
        if (font === undefined) throw new Error('The build has no Latin font file to preload.');
        return [
          {
            tag: 'link',
            attrs: { rel: 'preload', href: `/${font}`, as: 'font', type: 'font/woff2', crossorigin: '' },
            injectTo: 'head-prepend',
          },
        ];
      },
    },
  };
}
