// A title's picture. It comes into focus when it arrives; a title without one gets art of its own.
import { useState } from 'react';
import { hueOf } from './format.ts';

interface ArtworkProps {
  url: string | null | undefined;
  title: string;
  /** Pictures above the fold are fetched first, the rest when they come near. */
  priority?: boolean;
  showsTitle?: boolean;
}

export function Artwork({ url, title, priority = false, showsTitle = true }: ArtworkProps) {
  const [arrived, setArrived] = useState(false);
  const [failedUrl, setFailedUrl] = useState<string | null>(null);
  const missing = url == null || url === '' || failedUrl === url;
  return (
    <span className="absolute inset-0 overflow-hidden bg-plush">
      {missing ? (
        <DrawnArt title={title} showsTitle={showsTitle} />
      ) : (
        <img
          src={url}
          alt=""
          loading={priority ? 'eager' : 'lazy'}
          fetchPriority={priority ? 'high' : 'auto'}
          decoding="async"
          data-arrived={arrived}
          // A cached picture may have arrived before React listens.
          ref={(image) => {
            if (image?.complete && image.naturalWidth > 0) setArrived(true);
          }}
          onLoad={() => setArrived(true)}
          onError={() => setFailedUrl(url)}
          className="develop size-full object-cover"
        />
      )}
    </span>
  );
}

function DrawnArt({ title, showsTitle }: { title: string; showsTitle: boolean }) {
  const hue = hueOf(title);
  const glow = `radial-gradient(120% 90% at 80% 0%, hsl(${hue} 62% 42% / 0.9), transparent 62%)`;
  const base = `linear-gradient(160deg, hsl(${(hue + 40) % 360} 45% 20%), hsl(${(hue + 80) % 360} 50% 7%))`;
  return (
    <span aria-hidden className="flex size-full items-end p-5" style={{ backgroundImage: `${glow}, ${base}` }}>
      {showsTitle && <span className="display line-clamp-3 text-xl text-cream/90">{title}</span>}
    </span>
  );
}
