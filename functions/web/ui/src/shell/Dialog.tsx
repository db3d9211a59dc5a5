// A modal dialog on the platform's own <dialog>: focus is trapped, Escape closes, the page behind is inert.
import { useEffect, useId, useRef, type ReactNode } from 'react';
import { CloseIcon } from './icons.tsx';

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
}

/** Open for as long as it is rendered. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();

  useEffect(() => {
    const element = dialog.current;
    const opener = document.activeElement;
    element?.showModal();
    // The first field, not the Close button that comes before it.
    element?.querySelector<HTMLElement>('input, select, textarea')?.focus();
    return () => {
      element?.close();
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);

  return (
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      className="m-auto w-[min(92vw,28rem)] max-h-[92svh] overflow-y-auto rounded-3xl border border-cream/10 bg-velvet p-7 text-cream shadow-2xl shadow-black open:animate-rise"
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onPointerDown={(event) => {
        if (event.target === dialog.current && isOutside(event.clientX, event.clientY, dialog.current)) onClose();
      }}
    >
      <div className="mb-5 flex items-start justify-between gap-4">
        <h2 id={titleId} className="display text-2xl">
          {title}
        </h2>
        <button
          type="button"
          aria-label="Close"
          onClick={onClose}
          className="-m-2 rounded-full p-2 text-dim transition-colors hover:bg-cream/10 hover:text-cream"
        >
          <CloseIcon />
        </button>
      </div>
      {children}
    </dialog>
  );
}

function isOutside(x: number, y: number, element: HTMLElement): boolean {
  const box = element.getBoundingClientRect();
  return x < box.left || x > box.right || y < box.top || y > box.bottom;
}
