// The viewer's own corner: who is watching, switch profile, sign out. The menu is a native popover, so
// Escape and a click elsewhere close it.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useId, useRef } from 'react';
import { api } from '../api/client.ts';
import type { Session } from '../api/types.ts';
import { SignOutIcon, StudioIcon, SwitchIcon } from '../shell/icons.tsx';
import { forgetSession } from './queries.ts';

const ITEM =
  'flex w-full items-center gap-3 rounded-xl px-3 py-2.5 text-left text-[0.95rem] transition-colors hover:bg-cream/10 focus-visible:bg-cream/10';

export function AccountMenu({ session }: { session: Session }) {
  const menu = useRef<HTMLDivElement>(null);
  const menuId = useId();
  const signOut = useSignOut();
  const { user, profile } = session;
  const name = profile?.name ?? user.displayName;
  const close = () => menu.current?.hidePopover();

  return (
    <>
      <button
        type="button"
        popoverTarget={menuId}
        aria-label={`Account: ${name}`}
        className="flex items-center rounded-full transition-transform hover:scale-105"
      >
        {profile == null ? (
          <span className="flex size-10 items-center justify-center rounded-full bg-plush font-semibold">
            {name.slice(0, 1)}
          </span>
        ) : (
          <img src={profile.avatarUrl} alt="" className="size-10 rounded-full object-cover" />
        )}
      </button>
      <div
        ref={menu}
        id={menuId}
        popover="auto"
        className="fixed inset-auto top-[4.2rem] right-[clamp(1.25rem,4.6vw,5.5rem)] m-0 w-64 rounded-2xl border border-cream/10 bg-velvet/97 p-2 text-cream shadow-2xl shadow-black open:animate-rise sm:top-[4.9rem]"
      >
        <div className="mb-1 border-b border-cream/10 px-3 pt-2 pb-3">
          <p className="font-semibold">{name}</p>
          <p className="text-sm text-faint">{user.username}</p>
        </div>
        <Link to="/profiles" onClick={close} className={ITEM}>
          <SwitchIcon /> Switch profile
        </Link>
        {user.role === 'admin' && (
          <Link to="/admin" onClick={close} className={ITEM}>
            <StudioIcon /> Studio
          </Link>
        )}
        <button type="button" onClick={() => signOut.mutate()} disabled={signOut.isPending} className={ITEM}>
          <SignOutIcon /> Sign out
        </button>
      </div>
    </>
  );
}

export function useSignOut() {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: api.signOut,
    // Signing out of this screen must not depend on the platform's answer.
    onSettled: async () => {
      forgetSession();
      await navigate({ to: '/signin' });
      queryClient.clear();
    },
  });
}
