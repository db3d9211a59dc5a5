// A shelf of cards that scrolls sideways: by touch, by the arrow keys, or by the paddles at its ends.
// The row is one stop for the Tab key; the card last visited holds it.
import { useEffect, useId, useRef, useState, type ReactNode } from 'react';
import { ChevronLeftIcon, ChevronRightIcon } from '../shell/icons.tsx';
import { moveBetweenCards } from './cardKeys.ts';
import type { CardShape } from './cards.tsx';
import { CARD_WIDTHS } from './skeletons.tsx';

interface RowProps<Item> {
  heading: string;
  shape: CardShape;
  items: Item[];
  keyOf: (item: Item) => string;
  card: (item: Item, tabIndex: number, index: number) => ReactNode;
}

export function Row<Item>({ heading, shape, items, keyOf, card }: RowProps<Item>) {
  const headingId = useId();
  const scroller = useRef<HTMLUListElement>(null);
  const [tabStop, setTabStop] = useState(0);
  const edges = useEdges(scroller, items.length);
  if (items.length === 0) return null;
  const page = (direction: 1 | -1) =>
    scroller.current?.scrollBy({ left: direction * scroller.current.clientWidth * 0.85, behavior: 'smooth' });

  return (
    <section aria-labelledby={headingId} className="group/row relative mt-9 sm:mt-12">
      <h2 id={headingId} className="gutter text-xl font-bold tracking-tight [font-stretch:112%] sm:text-2xl">
        {heading}
      </h2>
      <div className="relative">
        <ul
          ref={scroller}
          data-card-row
          onKeyDown={moveBetweenCards}
          className="scroller gutter -mb-6 flex scroll-px-[clamp(1.25rem,4.6vw,5.5rem)] gap-3.5 pt-4 pb-8 sm:snap-x sm:gap-5"
        >
          {items.map((item, index) => (
            <li key={keyOf(item)} className={`shrink-0 snap-start ${CARD_WIDTHS[shape]}`} onFocus={() => setTabStop(index)}>
              {card(item, index === Math.min(tabStop, items.length - 1) ? 0 : -1, index)}
            </li>
          ))}
        </ul>
        {edges.before && <Paddle side="left" onPress={() => page(-1)} />}
        {edges.after && <Paddle side="right" onPress={() => page(1)} />}
      </div>
    </section>
  );
}

/** For the pointer only: the keyboard has the arrow keys, a screen reader the list itself. */
function Paddle({ side, onPress }: { side: 'left' | 'right'; onPress: () => void }) {
  const Icon = side === 'left' ? ChevronLeftIcon : ChevronRightIcon;
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-hidden
      onClick={onPress}
      className={`absolute inset-y-0 hidden w-[clamp(2.5rem,4.2vw,5rem)] items-center justify-center text-cream opacity-0 transition-opacity duration-300 group-hover/row:opacity-100 pointer-fine:flex ${side === 'left' ? 'left-0 bg-linear-to-r' : 'right-0 bg-linear-to-l'} from-ink/95 to-transparent`}
    >
      <Icon className="size-9 drop-shadow-lg" />
    </button>
  );
}

function useEdges(scroller: React.RefObject<HTMLUListElement | null>, count: number) {
  const [edges, setEdges] = useState({ before: false, after: false });
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const read = () => {
      const before = element.scrollLeft > 8;
      const after = element.scrollLeft < element.scrollWidth - element.clientWidth - 8;
      setEdges((known) => (known.before === before && known.after === after ? known : { before, after }));
    };
    element.addEventListener('scroll', read, { passive: true });
    const resized = new ResizeObserver(read);
    resized.observe(element);
    return () => {
      element.removeEventListener('scroll', read);
      resized.disconnect();
    };
  }, [scroller, count]);
  return edges;
}
