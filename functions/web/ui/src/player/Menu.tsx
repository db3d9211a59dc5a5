// A button that opens a list of which exactly one entry is chosen (WAI-ARIA menu button, menuitemradio).
import { useEffect, useId, useRef, type KeyboardEvent, type ReactNode } from 'react';
import { CheckSign } from './icons.tsx';

export interface Choice {
  id: string;
  label: string;
  note?: string;
}

interface MenuProps {
  name: string;
  testId: string;
  sign: ReactNode;
  /** Shown beside the sign when it says something worth seeing at a glance. */
  badge?: string;
  choices: readonly Choice[];
  chosen: string;
  open: boolean;
  onOpen: (open: boolean) => void;
  onChoose: (id: string) => void;
}

export function Menu({ name, testId, sign, badge, choices, chosen, open, onOpen, onChoose }: MenuProps) {
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();

  useEffect(() => {
    if (!open) return;
    list.current?.querySelector<HTMLElement>('[aria-checked="true"], [role="menuitemradio"]')?.focus();
    const outside = (event: PointerEvent) => {
      const target = event.target as Node;
      if (!list.current?.contains(target) && !button.current?.contains(target)) onOpen(false);
    };
    document.addEventListener('pointerdown', outside, true);
    return () => document.removeEventListener('pointerdown', outside, true);
  }, [open, onOpen]);

  const close = () => {
    onOpen(false);
    button.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const items = Array.from(list.current?.querySelectorAll<HTMLElement>('[role="menuitemradio"]') ?? []);
    const at = items.indexOf(document.activeElement as HTMLElement);
    const goTo = { ArrowDown: (at + 1) % items.length, ArrowUp: (at - 1 + items.length) % items.length, Home: 0, End: items.length - 1 }[event.key];
    if (goTo !== undefined) items[goTo]?.focus();
    else if (event.key === 'Escape' || event.key === 'Tab') close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div className="player-menu">
      <button
        ref={button}
        type="button"
        className="player-button"
        aria-label={name}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        data-testid={`${testId}-button`}
        title={name}
        onClick={() => onOpen(!open)}
      >
        {sign}
        {badge !== undefined && <span className="player-badge">{badge}</span>}
      </button>
      {open && (
        <div ref={list} id={id} role="menu" aria-label={name} className="player-menu-list" data-testid={`${testId}-menu`} data-own-keys onKeyDown={onKeyDown}>
          <p className="player-menu-title" aria-hidden="true">
            {name}
          </p>
          {choices.map((choice) => (
            <button
              key={choice.id}
              type="button"
              role="menuitemradio"
              aria-checked={choice.id === chosen}
              tabIndex={-1}
              className="player-menu-item"
              data-testid={`${testId}-${choice.id}`}
              onClick={() => {
                onChoose(choice.id);
                close();
              }}
            >
              <span className="player-menu-check">{choice.id === chosen && <CheckSign />}</span>
              <span>{choice.label}</span>
              {choice.note !== undefined && <span className="player-menu-note">{choice.note}</span>}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
