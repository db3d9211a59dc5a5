// Where to go after signing in or choosing a profile.

const HERE = 'https://marquee.invalid';

/** Only a path of this site: a link must not be able to send a viewer elsewhere after signing in. */
export function safeReturnPath(next: unknown): string {
  if (typeof next !== 'string' || !next.startsWith('/') || !URL.canParse(next, HERE)) return '/';
  const target = new URL(next, HERE);
  // A path that starts with two slashes is another host to whoever reads it next.
  if (target.origin !== HERE || target.pathname.startsWith('//')) return '/';
  return target.pathname + target.search + target.hash;
}
