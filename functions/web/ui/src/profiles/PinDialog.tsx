// Asks for a profile's PIN.
import { useEffect, useRef, type FormEvent } from 'react';
import { ApiProblem } from '../api/problem.ts';
import type { Profile } from '../api/types.ts';
import { Dialog } from '../shell/Dialog.tsx';
import { Alarm, sentence } from '../shell/Notice.tsx';
import { PinField } from './PinField.tsx';

interface PinDialogProps {
  profile: Profile;
  error: Error | null;
  busy: boolean;
  onPin: (pin: string) => void;
  onClose: () => void;
}

export function PinDialog({ profile, error, busy, onPin, onClose }: PinDialogProps) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (error === null) return;
    form.current?.reset();
    form.current?.querySelector('input')?.focus();
  }, [error]);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    onPin(String(new FormData(event.currentTarget).get('pin')));
  };
  return (
    <Dialog title={`Enter ${profile.name}’s PIN`} onClose={onClose}>
      <form ref={form} onSubmit={submit} className="flex flex-col gap-5">
        {error !== null && (
          <Alarm>
            {error instanceof ApiProblem && error.code === 'pin_invalid' ? 'That PIN isn’t right. Try again.' : sentence(error)}
          </Alarm>
        )}
        <PinField label="PIN" autoComplete="current-password" required invalid={error !== null} autoFocus />
        <button type="submit" disabled={busy} className="button button-lit">
          {busy ? 'Checking…' : 'Continue'}
        </button>
      </form>
    </Dialog>
  );
}
