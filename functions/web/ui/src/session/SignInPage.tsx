import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter, useSearch } from '@tanstack/react-router';
import { useState, type FormEvent } from 'react';
import { api } from '../api/client.ts';
import { ApiProblem } from '../api/problem.ts';
import { profilesQuery } from '../profiles/queries.ts';
import { Alarm, sentence } from '../shell/Notice.tsx';
import { Bulbs } from '../shell/Bulbs.tsx';
import { Wordmark } from '../shell/Wordmark.tsx';
import { forgetSession } from './queries.ts';
import { safeReturnPath } from './returnPath.ts';
import { useCountdown } from './useCountdown.ts';
import { waitInWords } from './waitTime.ts';

interface Credentials {
  username: string;
  password: string;
}

export default function SignInPage() {
  return (
    <main id="main" className="gutter relative isolate flex min-h-svh flex-col items-center justify-center overflow-hidden py-10">
      <title>Sign in · Marquee</title>
      <Stage />
      <div className="relative w-full max-w-[26.5rem] animate-rise">
        <Bulbs radius={34} />
        <div className="m-[7px] rounded-[1.75rem] bg-[#120e0c] px-7 py-10 sm:px-10 sm:py-12">
          <h1 className="sr-only">Sign in to Marquee</h1>
          <Wordmark className="mx-auto h-8" />
          <p className="mt-4 mb-9 text-center text-dim">Take your seat. The film starts at once.</p>
          <SignInForm />
        </div>
      </div>
    </main>
  );
}

function SignInForm() {
  const { next } = useSearch({ from: '/signin' });
  const router = useRouter();
  const queryClient = useQueryClient();
  const [waitUntilMs, setWaitUntilMs] = useState<number | null>(null);
  const waitS = useCountdown(waitUntilMs);

  const signIn = useMutation({
    mutationFn: ({ username, password }: Credentials) => api.signIn(username, password),
    onSuccess: async ({ profiles }) => {
      forgetSession();
      queryClient.clear();
      queryClient.setQueryData(profilesQuery.queryKey, profiles);
      await router.navigate({ to: '/profiles', search: { next: safeReturnPath(next) }, replace: true });
    },
    onError: (error) => {
      if (error instanceof ApiProblem && error.retryAfterS !== null) {
        setWaitUntilMs(Date.now() + error.retryAfterS * 1000);
      }
    },
  });

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    signIn.mutate({ username: String(form.get('username')).trim(), password: String(form.get('password')) });
  };
  const refused = signIn.error instanceof ApiProblem && signIn.error.status === 401;

  return (
    <form onSubmit={submit} className="flex flex-col gap-5">
      {signIn.error !== null && (
        <Alarm>{waitS > 0 ? `Too many attempts. Try again in ${waitInWords(waitS)}.` : problemText(signIn.error)}</Alarm>
      )}
      <label className="flex flex-col gap-2">
        <span className="text-sm font-medium text-dim">Username</span>
        <input
          name="username"
          required
          autoFocus
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          aria-invalid={refused}
          className="field"
        />
      </label>
      <label className="flex flex-col gap-2">
        <span className="text-sm font-medium text-dim">Password</span>
        <input
          name="password"
          type="password"
          required
          autoComplete="current-password"
          aria-invalid={refused}
          className="field"
        />
      </label>
      <button type="submit" disabled={signIn.isPending || waitS > 0} className="button button-lit mt-2 min-h-[3.25rem] text-lg">
        {signIn.isPending ? 'Signing in…' : 'Sign in'}
      </button>
    </form>
  );
}

function problemText(error: Error): string {
  if (!(error instanceof ApiProblem)) return sentence(error);
  if (error.status === 401) return 'That username and password don’t match. Check both and try again.';
  if (error.status === 429) return 'Too many attempts. Wait a moment and try again.';
  return error.message;
}

/** A dark auditorium: the screen's glow from above, rows of seats below. */
function Stage() {
  return (
    <div aria-hidden className="absolute inset-0 -z-10">
      <div className="absolute inset-0 bg-[radial-gradient(70rem_42rem_at_50%_-6rem,rgb(255_176_80/0.22),transparent_70%),radial-gradient(40rem_26rem_at_12%_110%,rgb(150_40_30/0.32),transparent_70%),radial-gradient(40rem_26rem_at_88%_110%,rgb(150_40_30/0.32),transparent_70%)]" />
      <svg className="absolute inset-x-0 bottom-0 h-[34svh] w-full" preserveAspectRatio="xMidYMax slice" viewBox="0 0 1200 300">
        <defs>
          <pattern id="seats" width="64" height="300" patternUnits="userSpaceOnUse">
            <path d="M4 300v-40a14 14 0 0 1 14-14h28a14 14 0 0 1 14 14v40z" fill="#1c110d" />
          </pattern>
          <pattern id="seats-far" width="44" height="300" x="20" patternUnits="userSpaceOnUse">
            <path d="M3 300v-70a10 10 0 0 1 10-10h18a10 10 0 0 1 10 10v70z" fill="#150d0a" />
          </pattern>
        </defs>
        <rect width="1200" height="300" fill="url(#seats-far)" />
        <rect width="1200" height="300" fill="url(#seats)" />
      </svg>
    </div>
  );
}
