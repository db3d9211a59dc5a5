// The shapes of what is still on its way, so that nothing jumps when it arrives.
import type { CardShape } from './cards.tsx';

export const CARD_WIDTHS: Record<CardShape, string> = {
  wide: 'w-[68vw] sm:w-[19rem] xl:w-[21.5rem] 2xl:w-[23rem]',
  poster: 'w-[38vw] sm:w-[12rem] xl:w-[13.5rem] 2xl:w-[14.5rem]',
};

export function HomeSkeleton() {
  return (
    <>
      <HeroSkeleton />
      <RowSkeleton shape="wide" />
      <RowSkeleton shape="wide" />
      <p role="status" className="sr-only">
        Loading
      </p>
    </>
  );
}

function HeroSkeleton() {
  return (
    <div aria-hidden className="gutter flex min-h-[min(84svh,58rem)] flex-col justify-end bg-linear-to-b from-velvet to-ink pb-14">
      <div className="skeleton h-16 w-[min(80vw,32rem)] rounded-xl" />
      <div className="skeleton mt-5 h-5 w-64 rounded" />
      <div className="skeleton mt-4 h-20 w-[min(88vw,38rem)] rounded-lg" />
      <div className="mt-7 flex gap-3">
        <div className="skeleton h-12 w-36 rounded-full" />
        <div className="skeleton h-12 w-32 rounded-full" />
      </div>
    </div>
  );
}

export function RowSkeleton({ shape }: { shape: CardShape }) {
  return (
    <div aria-hidden className="mt-9 overflow-hidden sm:mt-12">
      <div className="gutter">
        <div className="skeleton h-7 w-48 rounded-lg" />
      </div>
      <div className="gutter flex gap-3.5 pt-4 pb-2 sm:gap-5">
        {Array.from({ length: 8 }, (_, index) => (
          <div key={index} className={`shrink-0 ${CARD_WIDTHS[shape]}`}>
            <div className={`skeleton rounded-[0.9rem] ${shape === 'wide' ? 'aspect-video' : 'aspect-2/3'}`} />
            <div className="skeleton mt-3.5 h-4 w-2/3 rounded" />
          </div>
        ))}
      </div>
    </div>
  );
}
