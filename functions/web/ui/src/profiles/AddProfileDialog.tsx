// A new seat in the house: name, picture, kids flag, PIN.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { api } from '../api/client.ts';
import type { NewProfile, Profile } from '../api/types.ts';
import { Dialog } from '../shell/Dialog.tsx';
import { ProblemAlarm } from '../shell/Notice.tsx';
import { AVATARS, firstFreeAvatar } from './avatars.ts';
import { PinField } from './PinField.tsx';
import { profilesQuery } from './queries.ts';

const NAME_MAX = 50;
const MATURITY_LIMITS = [7, 12, 16, 18];

interface AddProfileDialogProps {
  profiles: Profile[];
  onClose: () => void;
}

export function AddProfileDialog({ profiles, onClose }: AddProfileDialogProps) {
  const queryClient = useQueryClient();
  const [avatarUrl, setAvatarUrl] = useState(() => firstFreeAvatar(profiles));
  const [isKids, setIsKids] = useState(false);
  const add = useMutation({
    mutationFn: api.addProfile,
    onSuccess: (profile) => {
      queryClient.setQueryData(profilesQuery.queryKey, (known = []) => [...known, profile]);
      onClose();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    add.mutate({ ...readForm(new FormData(event.currentTarget)), avatarUrl, isKids });
  };

  return (
    <Dialog title="Add profile" onClose={onClose}>
      <form onSubmit={submit} className="flex flex-col gap-5">
        {add.error !== null && <ProblemAlarm error={add.error} />}
        <label className="flex flex-col gap-2">
          <span className="text-sm font-medium text-dim">Name</span>
          <input name="name" required maxLength={NAME_MAX} autoFocus autoComplete="off" className="field" />
        </label>
        <AvatarPicker value={avatarUrl} onChange={setAvatarUrl} />
        <label className="flex items-center justify-between gap-4">
          <span>
            <span className="block font-medium">Kids</span>
            <span className="block text-sm text-faint">Only titles that suit children</span>
          </span>
          <input
            type="checkbox"
            role="switch"
            aria-checked={isKids}
            aria-label="Kids"
            checked={isKids}
            onChange={(event) => setIsKids(event.target.checked)}
            className="relative h-7 w-12 shrink-0 appearance-none rounded-full bg-seam transition-colors before:absolute before:top-1 before:left-1 before:size-5 before:rounded-full before:bg-cream before:transition-transform checked:bg-bulb-deep checked:before:translate-x-5"
          />
        </label>
        {!isKids && (
          <label className="flex flex-col gap-2">
            <span className="text-sm font-medium text-dim">Shows titles for ages up to</span>
            <select name="maturityLimit" defaultValue="18" className="field">
              {MATURITY_LIMITS.map((age) => (
                <option key={age} value={age} className="bg-velvet">
                  {age === 18 ? 'All ages' : age}
                </option>
              ))}
            </select>
          </label>
        )}
        <PinField label="PIN (optional)" autoComplete="new-password" required={false} invalid={false} />
        <button type="submit" disabled={add.isPending} className="button button-lit">
          {add.isPending ? 'Adding…' : 'Add profile'}
        </button>
      </form>
    </Dialog>
  );
}

function AvatarPicker({ value, onChange }: { value: string; onChange: (avatarUrl: string) => void }) {
  return (
    <fieldset>
      <legend className="mb-2 text-sm font-medium text-dim">Picture</legend>
      <div className="grid grid-cols-4 gap-3">
        {AVATARS.map(({ url, name }) => (
          <label key={url} className="relative cursor-pointer">
            <input
              type="radio"
              name="avatar"
              aria-label={name}
              checked={value === url}
              onChange={() => onChange(url)}
              className="peer absolute inset-0 appearance-none rounded-[28%]"
            />
            <img
              src={url}
              alt=""
              className="rounded-[28%] opacity-60 ring-bulb ring-offset-3 ring-offset-velvet transition peer-checked:opacity-100 peer-checked:ring-3 hover:opacity-100"
            />
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function readForm(form: FormData): NewProfile {
  const pin = String(form.get('pin') ?? '');
  const limit = form.get('maturityLimit');
  return {
    name: String(form.get('name')).trim(),
    ...(pin !== '' && { pin }),
    ...(limit !== null && { maturityLimit: Number(limit) }),
  };
}
