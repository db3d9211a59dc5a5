// A page that has one thing to say: not found, unreachable, broken.
import type { ReactNode } from 'react';
import { Wordmark } from './Wordmark.tsx';

interface FullPageProps {
  eyebrow: string;
  heading: string;
  text: string;
  children?: ReactNode;
}

export function FullPage({ eyebrow, heading, text, children }: FullPageProps) {
  return (
    <main
      id="main"
      className="gutter relative isolate flex min-h-svh flex-col items-center justify-center overflow-hidden py-24 text-center"
    >
      <title>{`${heading} · Marquee`}</title>
      <div className="absolute inset-0 -z-10 bg-[radial-gradient(60rem_34rem_at_50%_-8rem,rgb(255_186_90/0.16),transparent_70%)]" />
      <a href="/" aria-label="Marquee, home" className="absolute top-8 text-cream">
        <Wordmark className="h-6" />
      </a>
      <p className="eyebrow text-bulb">{eyebrow}</p>
      <h1 className="display mt-4 max-w-3xl text-4xl sm:text-6xl">{heading}</h1>
      <p className="mt-5 max-w-xl text-lg leading-relaxed text-dim">{text}</p>
      <div className="mt-9 flex flex-wrap justify-center gap-3">{children}</div>
    </main>
  );
}
