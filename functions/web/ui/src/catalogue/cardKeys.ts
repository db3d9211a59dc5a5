// Arrow keys move between cards as on a television: left and right along a row, up and down to the card
// nearest in the row above or below, Home and End to a row's ends.
import type { KeyboardEvent } from 'react';

const ROW = '[data-card-row]';
const CARD = '[data-card]';

export function moveBetweenCards(event: KeyboardEvent<HTMLElement>): void {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const card = event.target instanceof Element ? event.target.closest<HTMLElement>(CARD) : null;
  const row = card?.closest<HTMLElement>(ROW);
  if (card == null || row == null) return;
  const target = destination(event.key, card, row);
  if (target === undefined) return;
  event.preventDefault();
  target.focus({ preventScroll: true });
  target.scrollIntoView({ behavior: 'smooth', block: 'nearest', inline: 'center' });
}

function destination(key: string, card: HTMLElement, row: HTMLElement): HTMLElement | undefined {
  const cards = cardsIn(row);
  const place = cards.indexOf(card);
  switch (key) {
    case 'ArrowRight':
      return cards[place + 1];
    case 'ArrowLeft':
      return cards[place - 1];
    case 'Home':
      return cards[0];
    case 'End':
      return cards.at(-1);
    case 'ArrowDown':
      return nearestInOtherRow(card, row, 1);
    case 'ArrowUp':
      return nearestInOtherRow(card, row, -1);
    default:
      return undefined;
  }
}

function cardsIn(row: HTMLElement): HTMLElement[] {
  return [...row.querySelectorAll<HTMLElement>(CARD)];
}

function nearestInOtherRow(card: HTMLElement, row: HTMLElement, step: 1 | -1): HTMLElement | undefined {
  const rows = [...document.querySelectorAll<HTMLElement>(ROW)].filter((other) => cardsIn(other).length > 0);
  const other = rows[rows.indexOf(row) + step];
  if (other === undefined) return undefined;
  const boxes = cardsIn(other).map((candidate) => candidate.getBoundingClientRect());
  return cardsIn(other)[nearest(centre(card.getBoundingClientRect()), boxes.map(centre))];
}

function centre(box: DOMRect): number {
  return box.left + box.width / 2;
}

/** The index of the value that is closest to `wanted`; the first of equals. */
export function nearest(wanted: number, values: number[]): number {
  let best = 0;
  values.forEach((value, index) => {
    if (Math.abs(value - wanted) < Math.abs((values[best] ?? Infinity) - wanted)) best = index;
  });
  return best;
}
