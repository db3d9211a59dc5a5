// The full-bleed opening of the home page and of a title's page.
import type { ReactNode } from 'react';
import type { Content } from '../api/types.ts';
import { badges, facts } from './format.ts';
import { Artwork } from './Artwork.tsx';

interface HeroProps {
  content: Content;
  eyebrow: string | null;
  hasCaptions: boolean;
  /** The page's own heading is the title; on the home page it is one of several. */
  headingLevel: 'h1' | 'h2';
  children: ReactNode;
}

export function Hero({ content, eyebrow, hasCaptions, headingLevel: Heading, children }: HeroProps) {
  return (
    <section
      aria-label={content.title}
      className="relative isolate flex min-h-[min(82svh,44rem)] flex-col justify-end sm:min-h-[min(84svh,58rem)]"
    >
      <Backdrop content={content} />
      <div className="gutter relative animate-rise pt-40 pb-6 sm:pb-9">
        {eyebrow !== null && <p className="eyebrow mb-4 text-bulb">{eyebrow}</p>}
        <TitleArt content={content} as={Heading} />
        <Facts content={content} hasCaptions={hasCaptions} />
        {content.description !== '' && (
          <p className="mt-4 line-clamp-3 max-w-[38rem] text-[1.02rem] leading-relaxed text-cream/80 sm:text-lg">
            {content.description}
          </p>
        )}
        <div className="mt-7 flex flex-wrap items-center gap-3">{children}</div>
      </div>
    </section>
  );
}

function TitleArt({ content, as: Heading }: { content: Content; as: 'h1' | 'h2' }) {
  if (content.logoUrl) {
    return (
      <Heading>
        <img src={content.logoUrl} alt={content.title} className="max-h-40 max-w-[min(80vw,32rem)] object-contain object-left" />
      </Heading>
    );
  }
  const long = content.title.length > 22;
  return (
    <Heading
      className={`display max-w-[16ch] drop-shadow-[0_2px_24px_rgb(0_0_0/0.55)] ${long ? 'text-4xl sm:text-6xl 2xl:text-7xl' : 'text-5xl sm:text-7xl 2xl:text-8xl'}`}
    >
      {content.title}
    </Heading>
  );
}

export function Facts({ content, hasCaptions }: { content: Content; hasCaptions: boolean }) {
  return (
    <div className="mt-5 flex flex-wrap items-center gap-x-3 gap-y-2 text-[0.95rem] font-medium text-cream/85">
      <span>{facts(content).join(' · ')}</span>
      {content.rating && <Badge label={content.rating} description={`Rated ${content.rating}`} />}
      {badges(content, hasCaptions).map((label) => (
        <Badge key={label} label={label} description={label === 'CC' ? 'Closed captions' : label} />
      ))}
    </div>
  );
}

function Badge({ label, description }: { label: string; description: string }) {
  return (
    <abbr
      title={description}
      className="rounded-[0.3rem] border border-cream/35 px-1.5 py-px text-[0.72rem] font-semibold tracking-wide text-cream/85 no-underline"
    >
      {label}
    </abbr>
  );
}

function Backdrop({ content }: { content: Content }) {
  return (
    <div aria-hidden className="absolute inset-0 -z-10 overflow-hidden">
      <div className="absolute inset-0 animate-drift">
        <Artwork key={content.id} url={content.heroImageUrl} title={content.title} priority showsTitle={false} />
      </div>
      <div className="absolute inset-0 bg-linear-to-t from-ink via-ink/15 via-45% to-transparent" />
      <div className="absolute inset-0 bg-[radial-gradient(85%_105%_at_0%_100%,rgb(11_9_8/0.86),rgb(11_9_8/0.38)_42%,transparent_68%)]" />
    </div>
  );
}
