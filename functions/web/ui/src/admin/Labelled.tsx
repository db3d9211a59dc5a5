// A form field with its name above it.
import type { ReactNode } from 'react';

export function Labelled({ label, children }: { label: string; children: ReactNode }) {
  return (
    <label className="flex min-w-0 flex-col gap-2">
      <span className="text-sm font-medium text-dim">{label}</span>
      {children}
    </label>
  );
}
